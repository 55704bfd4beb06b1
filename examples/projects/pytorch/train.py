"""Handwritten digits: a network with one hidden layer, on the CPU."""

import argparse

import mlflow
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, required=True)
parser.add_argument("--learning-rate", type=float, required=True)
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
given = parser.parse_args()

torch.manual_seed(given.seed)
torch.use_deterministic_algorithms(True)
# The sums of several threads are not the same on every machine.
torch.set_num_threads(1)

x, y = load_digits(return_X_y=True)
parts = train_test_split(x / 16, y, test_size=0.25, random_state=given.seed, stratify=y)
x_train, x_test = (torch.tensor(part, dtype=torch.float32) for part in parts[:2])
y_train, y_test = (torch.tensor(part) for part in parts[2:])
model = torch.nn.Sequential(torch.nn.Linear(64, given.hidden), torch.nn.ReLU(), torch.nn.Linear(given.hidden, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=given.learning_rate)
measure = torch.nn.CrossEntropyLoss()
with mlflow.start_run():
    for epoch in range(given.epochs):
        total = 0.0
        for batch in torch.randperm(len(x_train)).split(64):
            optimizer.zero_grad()
            loss = measure(model(x_train[batch]), y_train[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        with torch.no_grad():
            accuracy = (model(x_test).argmax(1) == y_test).float().mean().item()
        mlflow.log_metrics({"loss": total / len(x_train), "accuracy": accuracy}, step=epoch)
    print(f"accuracy {accuracy:.4f} after {given.epochs} epochs")
