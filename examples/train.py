"""Trains a small network on handwritten digits and records everything with kiseki.

    pip install scikit-learn matplotlib
    kiseki server --host 0.0.0.0 --port 5000      (in another terminal)
    python train.py

The lines that begin with `kiseki.` are all that tracking needs; `import mlflow as kiseki` works as well.
"""

import os
import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import kiseki

EPOCHS = 20

kiseki.set_tracking_uri(os.environ.get("KISEKI_TRACKING_URI", "http://localhost:5000"))
kiseki.set_experiment("digits")

images, digits = load_digits(return_X_y=True)
x, x_validation, y, y_validation = train_test_split(images / 16, digits, test_size=0.25, random_state=7)

for hidden in (16, 64):
    with kiseki.start_run(run_name=f"mlp {hidden}", tags={"model": "mlp"}) as run:
        kiseki.log_params({"hidden": hidden, "learning_rate": 0.01, "epochs": EPOCHS})
        model = MLPClassifier((hidden,), learning_rate_init=0.01, random_state=7)

        for epoch in range(1, EPOCHS + 1):
            model.partial_fit(x, y, classes=range(10))
            kiseki.log_metric("train_loss", model.loss_, step=epoch)
            kiseki.log_metrics(
                {
                    "validation_loss": log_loss(y_validation, model.predict_proba(x_validation)),
                    "validation_accuracy": model.score(x_validation, y_validation),
                },
                step=epoch,
            )

        figure = Figure(figsize=(5, 4.5))
        ConfusionMatrixDisplay.from_estimator(model, x_validation, y_validation, ax=figure.subplots(), colorbar=False)
        kiseki.log_figure(figure, "confusion_matrix.png")

        with TemporaryDirectory() as folder:
            file = Path(folder) / "model.pkl"
            file.write_bytes(pickle.dumps(model))
            kiseki.log_artifact(file, "model")

# Read back what the server has.
for found in kiseki.search_runs(
    experiment_names=["digits"], order_by=["metrics.validation_accuracy DESC"], output_format="list"
):
    history = kiseki.MlflowClient().get_metric_history(found.info.run_id, "validation_loss")
    print(
        f"{found.info.run_name:<10} accuracy {found.data.metrics['validation_accuracy']:.3f}, "
        f"loss {history[0].value:.3f} in the first epoch and {history[-1].value:.3f} in the last"
    )
