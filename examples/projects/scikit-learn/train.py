"""Handwritten digits: a logistic regression, with the accuracy of every fold."""

import argparse

import mlflow
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--c", type=float, required=True)
parser.add_argument("--folds", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
given = parser.parse_args()

x, y = load_digits(return_X_y=True)
with mlflow.start_run():
    accuracies = []
    confusion = np.zeros((10, 10), int)
    folds = StratifiedKFold(given.folds, shuffle=True, random_state=given.seed)
    for fold, (train, test) in enumerate(folds.split(x, y)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=given.c, max_iter=500, random_state=given.seed))
        predicted = model.fit(x[train], y[train]).predict(x[test])
        accuracies.append(float(np.mean(predicted == y[test])))
        confusion += confusion_matrix(y[test], predicted)
        mlflow.log_metric("fold_accuracy", accuracies[-1], step=fold)
    mlflow.log_metric("accuracy", float(np.mean(accuracies)))
    mlflow.log_dict({"confusion": confusion.tolist()}, "confusion.json")
    print(f"accuracy {np.mean(accuracies):.4f} in {given.folds} folds")
