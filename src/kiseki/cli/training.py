"""What `kiseki demo` trains: three real data sets that come with scikit-learn, and models that learn in seconds.

It is written as a user would write it. Every call of `kiseki.` records something; the rest is scikit-learn, Matplotlib
and pandas.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, Final

import msgspec
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn import datasets, ensemble, linear_model, metrics, model_selection, neural_network, pipeline, preprocessing

import kiseki

SEED: Final = 7
EPOCHS: Final = 30
STAGES: Final = 100
WEIGHTS_EVERY: Final = 10
TRUSTED: Final = ("sklearn.tree._tree.Tree", "sklearn.neural_network._stochastic_optimizers.AdamOptimizer")
"""Types that skops makes only for who trusts the file: one that lies about a tree crashes who predicts with it."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A run that ended, with the one figure that says how good its model is."""

    run_id: str
    name: str
    experiment: str
    metric: str
    value: float
    higher_is_better: bool
    model_id: str = ""
    """Of the logged model; "" for a run without one."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A data set in two parts, and how it is recorded."""

    x: Any
    x_validation: Any
    y: Any
    y_validation: Any
    training: kiseki.data.Dataset
    validation: kiseki.data.Dataset


def train_all(tell: Callable[[Finished], None]) -> list[Finished]:
    """Trains everything, records it at the tracking URI in use and returns the runs, searches before their parts.

    Args:
        tell: Called after each run.
    """
    return [run for train in (digits, diabetes, wine) for run in train(tell)]


def digits(tell: Callable[[Finished], None]) -> list[Finished]:
    """Classifiers of handwritten digits that learn in epochs: linear ones and small neural networks."""
    kiseki.set_experiment("demo: digits")
    kiseki.set_experiment_tag("mlflow.note.content", "1,797 images of handwritten digits, 8 x 8 pixels, 10 classes.")
    source = datasets.load_digits(as_frame=True)
    split = _split("digits", source.frame, "target", scale=16.0)
    classes = np.unique(split.y)
    finished = []
    models: list[tuple[str, Any, dict[str, Any]]] = []
    for alpha in (1e-4, 1e-3, 1e-2):
        linear = linear_model.SGDClassifier("log_loss", alpha=alpha, random_state=SEED)
        models.append((f"sgd alpha={alpha:g}", linear, {"alpha": alpha}))
    for size, rate in product((16, 64), (0.001, 0.01)):
        network = neural_network.MLPClassifier((size,), learning_rate_init=rate, random_state=SEED)
        models.append((f"mlp {size} rate={rate:g}", network, {"hidden_units": size, "learning_rate": rate}))
    for name, model, params in models:
        kind = name.partition(" ")[0]
        with kiseki.start_run(run_name=name, tags={"model": kind}, description=f"{EPOCHS} epochs of {kind}.") as run:
            kiseki.log_params({"model": type(model).__name__, "epochs": EPOCHS, "seed": SEED, **params})
            _log_data(split)
            scores: dict[str, float] = {}
            for epoch in range(1, EPOCHS + 1):
                # A fresh order in every epoch, as one would do with a larger data set.
                order = np.random.default_rng(SEED + epoch).permutation(len(split.y))
                model.partial_fit(split.x[order], split.y[order], classes=classes)
                scores = {**_scores(model, split.x, split.y, "train"),
                          **_scores(model, split.x_validation, split.y_validation, "validation")}  # fmt: skip
                kiseki.log_metrics(scores, step=epoch)
                if kind == "sgd" and epoch % WEIGHTS_EVERY == 0:
                    kiseki.log_image(_weights(model), key="weights", step=epoch)
            predicted = model.predict(split.x_validation)
            kiseki.log_figure(_confusion(split.y_validation, predicted), "confusion_matrix.png")
            wrong = np.flatnonzero(predicted != split.y_validation)
            sure = model.predict_proba(split.x_validation).max(axis=1)
            kiseki.log_table(
                {
                    "row": wrong.tolist(),
                    "digit": split.y_validation[wrong].tolist(),
                    "predicted": predicted[wrong].tolist(),
                    "probability": sure[wrong].round(4).tolist(),
                },
                "mistakes.json",
            )
            logged = _log_model(model, split, kind, "classifier", step=EPOCHS)
        accuracy = scores["validation_accuracy"]
        finished.append(_finish(tell, run, "demo: digits", "validation_accuracy", accuracy, True, logged))
    return finished


def diabetes(tell: Callable[[Finished], None]) -> list[Finished]:
    """Regressions of the progress of diabetes, with one metric point for each tree that boosting adds."""
    kiseki.set_experiment("demo: diabetes")
    kiseki.set_experiment_tag("mlflow.note.content", "442 patients, ten measurements, progress after one year.")
    split = _split("diabetes", datasets.load_diabetes(as_frame=True).frame, "target")
    finished = []
    for rate, depth in product((0.03, 0.1, 0.3), (1, 3)):
        name = f"boosting rate={rate:g} depth={depth}"
        with kiseki.start_run(run_name=name, tags={"model": "boosting"}) as run:
            params = {"learning_rate": rate, "max_depth": depth, "n_estimators": STAGES}
            model = ensemble.GradientBoostingRegressor(**params, random_state=SEED)
            kiseki.log_params({"model": type(model).__name__, "seed": SEED, **params})
            _log_data(split)
            model.fit(split.x, split.y)
            rmse: dict[str, float] = {}
            stages = zip(model.staged_predict(split.x), model.staged_predict(split.x_validation), strict=True)
            for stage, (on_train, on_validation) in enumerate(stages, start=1):
                rmse = {
                    "train_rmse": metrics.root_mean_squared_error(split.y, on_train),
                    "validation_rmse": metrics.root_mean_squared_error(split.y_validation, on_validation),
                }
                kiseki.log_metrics(rmse, step=stage)
            predicted = model.predict(split.x_validation)
            logged = _log_model(model, split, "boosting", "regressor", step=STAGES)
            r2 = metrics.r2_score(split.y_validation, predicted)
            kiseki.log_metric("validation_r2", r2, step=STAGES, model_id=logged, dataset=split.validation)
            kiseki.log_figure(_scatter(split.y_validation, predicted), "predicted.png")
            kiseki.log_table(
                {"measured": split.y_validation.tolist(), "predicted": predicted.tolist()}, "predicted.json"
            )
        finished.append(_finish(tell, run, "demo: diabetes", "validation_rmse", rmse["validation_rmse"], False, logged))
    return finished


def wine(tell: Callable[[Finished], None]) -> list[Finished]:
    """A search over hyperparameters with cross-validation: one run for the search, one nested run for each setting."""
    kiseki.set_experiment("demo: wine")
    kiseki.set_experiment_tag("mlflow.note.content", "178 wines of three growers, 13 measurements.")
    split = _split("wine", datasets.load_wine(as_frame=True).frame, "target")
    children: list[Finished] = []
    tried: list[dict[str, float]] = []
    best: Any = None
    with kiseki.start_run(run_name="svm search", tags={"model": "svm"}, description="C and gamma, 5 folds.") as parent:
        kiseki.log_params({"model": "SVC", "folds": 5})
        _log_data(split)
        for c, gamma in product((0.1, 1.0, 10.0), (0.01, 0.1)):
            model = _svm(c, gamma)
            with kiseki.start_run(run_name=f"C={c:g} gamma={gamma:g}", nested=True, tags={"model": "svm"}) as child:
                kiseki.log_params({"C": c, "gamma": gamma})
                folds = model_selection.cross_val_score(model, split.x, split.y, cv=5)
                for fold, accuracy in enumerate(folds):
                    kiseki.log_metric("fold_accuracy", accuracy, step=fold)
                mean = float(folds.mean())
                kiseki.log_metrics({"mean_accuracy": mean, "std_accuracy": float(folds.std())})
            if best is None or mean > best[0]:
                best = (mean, c, gamma)
            tried.append({"C": c, "gamma": gamma, "mean_accuracy": mean})
            children.append(_finish(tell, child, "demo: wine", "mean_accuracy", mean, True))
        mean, c, gamma = best
        model = _svm(c, gamma).fit(split.x, split.y)
        accuracy = float(model.score(split.x_validation, split.y_validation))
        kiseki.log_params({"best_C": c, "best_gamma": gamma})
        kiseki.log_metric("mean_accuracy", mean)
        logged = _log_model(model, split, "svm", "classifier")
        kiseki.log_metric("validation_accuracy", accuracy, model_id=logged, dataset=split.validation)
        kiseki.log_table(pd.DataFrame(tried), "search.json")
        kiseki.log_figure(_confusion(split.y_validation, model.predict(split.x_validation)), "confusion_matrix.png")
    return [_finish(tell, parent, "demo: wine", "mean_accuracy", mean, True, logged), *children]


def _split(name: str, frame: pd.DataFrame, target: str, scale: float | None = None) -> Split:
    """Parts of a table; with a scale its columns are pixels, and the parts are arrays."""
    training, validation = model_selection.train_test_split(frame, test_size=0.25, random_state=SEED)
    source = f"sklearn.datasets.load_{name}"

    def columns(part: pd.DataFrame) -> tuple[Any, Any]:
        x = part.drop(columns=target)
        return x.to_numpy() / scale if scale else x, part[target].to_numpy()

    (x, y), (x_validation, y_validation) = columns(training), columns(validation)
    return Split(
        x=x,
        y=y,
        x_validation=x_validation,
        y_validation=y_validation,
        training=kiseki.data.from_pandas(training, source=source, targets=target, name=f"{name} training"),
        validation=kiseki.data.from_pandas(validation, source=source, targets=target, name=f"{name} validation"),
    )


def _log_data(split: Split) -> None:
    kiseki.log_input(split.training, context="training")
    kiseki.log_input(split.validation, context="validation")


def _scores(model: Any, x: Any, y: Any, part: str) -> dict[str, float]:
    probabilities = model.predict_proba(x)
    return {
        f"{part}_loss": metrics.log_loss(y, probabilities, labels=model.classes_),
        f"{part}_accuracy": metrics.accuracy_score(y, model.classes_[probabilities.argmax(axis=1)]),
    }


def _svm(c: float, gamma: float) -> Any:
    from sklearn.svm import SVC

    return pipeline.make_pipeline(preprocessing.StandardScaler(), SVC(C=c, gamma=gamma))


def _weights(model: Any) -> Any:
    """What a linear model looks for in each digit, as one image of ten squares."""
    squares = [row.reshape(8, 8) for row in model.coef_]
    image = np.concatenate(squares, axis=1)
    return np.kron((image - image.min()) / (image.max() - image.min()), np.ones((8, 8)))


def _confusion(expected: Any, predicted: Any) -> Figure:
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    metrics.ConfusionMatrixDisplay.from_predictions(expected, predicted, ax=axes, colorbar=False)
    axes.set_title("Validation")
    return figure


def _scatter(measured: Any, predicted: Any) -> Figure:
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.scatter(measured, predicted, s=12)
    ends = [min(measured.min(), predicted.min()), max(measured.max(), predicted.max())]
    axes.plot(ends, ends, color="grey", linewidth=1)
    axes.set_xlabel("measured")
    axes.set_ylabel("predicted")
    return figure


def _log_model(model: Any, split: Split, name: str, kind: str, step: int = 0) -> str:
    """Logs a model with what it takes and gives, which an example shows, and returns its id."""
    logged = kiseki.sklearn.log_model(
        model,
        name=name,
        model_type=kind,
        step=step,
        input_example=split.x_validation[:3],
        skops_trusted_types=TRUSTED,
    )
    return str(logged.model_id)


def _finish(
    tell: Callable[[Finished], None],
    run: Any,
    experiment: str,
    metric: str,
    value: float,
    higher_is_better: bool,
    model_id: str = "",
) -> Finished:
    finished = Finished(
        run_id=run.info.run_id,
        name=run.info.run_name,
        experiment=experiment,
        metric=metric,
        value=float(value),
        higher_is_better=higher_is_better,
        model_id=model_id,
    )
    tell(finished)
    return finished
