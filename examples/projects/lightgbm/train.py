"""Progression of diabetes: boosted trees, with the error of every round."""

import argparse

import lightgbm
import mlflow
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, required=True)
parser.add_argument("--leaves", type=int, required=True)
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
given = parser.parse_args()

x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=given.seed)
options = {
    "objective": "regression",
    "metric": "rmse",
    "learning_rate": given.learning_rate,
    "num_leaves": given.leaves,
    "seed": given.seed,
    # The sums of several threads are not the same each time.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
with mlflow.start_run():
    train = lightgbm.Dataset(x_train, y_train)
    errors: dict[str, dict[str, list[float]]] = {}
    model = lightgbm.train(
        options,
        train,
        given.rounds,
        valid_sets=[train, train.create_valid(x_test, y_test)],
        valid_names=["train", "test"],
        callbacks=[lightgbm.record_evaluation(errors)],
    )
    for step in range(given.rounds):
        mlflow.log_metrics({f"{name}_rmse": found["rmse"][step] for name, found in errors.items()}, step=step)
    mlflow.log_text(model.model_to_string(), "model.txt")
    print(f"rmse {errors['test']['rmse'][-1]:.2f} after {given.rounds} rounds")
