"""Makes tracking.ipynb and tracking.ja.ipynb: the same cells, with the text in English and in Japanese.

    python examples/notebooks.py

The notebooks are kept without outputs. A test looks that they are what this makes, and runs both.
"""

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent


def text(english: str, japanese: str) -> tuple[str, str, str]:
    return "markdown", english.strip(), japanese.strip()


def code(source: str) -> tuple[str, str, str]:
    return "code", source.strip(), source.strip()


CELLS: Final = [
    text(
        """
# Tracking experiments with kiseki

This notebook trains models on real data, the handwritten digits that come with scikit-learn, and records everything:
settings, metrics of each epoch, data, figures, tables, images and model files. Then it reads, compares and downloads what
was recorded.

It needs `pip install scikit-learn matplotlib pandas pillow` beside kiseki. The functions are MLflow's, so all of this can be
done with the package `mlflow` and a kiseki server as well; `KisekiClient` is called `MlflowClient` there.
""",
        """
# kiseki で実験を記録する

このノートブックでは、scikit-learn に付属する実データ（手書き数字）でモデルを学習し、設定、エポックごとのメトリクス、データ、
図、表、画像、モデルファイルをすべて記録します。そのあと、記録したものを読み出し、比較し、ダウンロードします。

kiseki のほかに `pip install scikit-learn matplotlib pandas pillow` が必要です。関数は MLflow と同じなので、パッケージ
`mlflow` と kiseki のサーバーでも同じことができます（`KisekiClient` は `MlflowClient` という名前です）。
""",
    ),
    text(
        """
## 1. Where to record

With a server, give its address: `http://localhost:5000` after `kiseki server --port 5000`. Without one, the file
`kiseki.db` beside this notebook does the same. The environment variable `KISEKI_TRACKING_URI` chooses between them here.
""",
        """
## 1. どこに記録するか

サーバーを使うときは、そのアドレスを指定します。`kiseki server --port 5000` で起動した場合は `http://localhost:5000` です。
サーバーがなくても、このノートブックの隣のファイル `kiseki.db` に同じように記録できます。ここでは環境変数
`KISEKI_TRACKING_URI` で切り替えます。
""",
    ),
    code(
        """
import os

import kiseki

kiseki.set_tracking_uri(os.environ.get("KISEKI_TRACKING_URI", "sqlite:///kiseki.db"))
experiment = kiseki.set_experiment("notebook: digits")
kiseki.get_tracking_uri(), experiment.experiment_id
"""
    ),
    text(
        """
## 2. Data

`kiseki.data.from_pandas` describes a data set: its source, columns, number of rows and a digest of the content. A run that
logs it as an input says exactly what it was trained on.
""",
        """
## 2. データ

`kiseki.data.from_pandas` はデータセットの出所、列、行数、内容のダイジェストを記述します。これを入力として記録すると、
何で学習したラン（run）なのかが正確に残ります。
""",
    ),
    code(
        """
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

frame = load_digits(as_frame=True).frame
train_frame, validation_frame = train_test_split(frame, test_size=0.25, random_state=7)
source = "sklearn.datasets.load_digits"
train_data = kiseki.data.from_pandas(train_frame, source=source, targets="target", name="digits training")
validation_data = kiseki.data.from_pandas(validation_frame, source=source, targets="target", name="digits validation")


def pixels_and_digits(part):
    return part.drop(columns="target").to_numpy() / 16, part["target"].to_numpy()


x, y = pixels_and_digits(train_frame)
x_validation, y_validation = pixels_and_digits(validation_frame)
train_data.profile, train_data.digest
"""
    ),
    text(
        """
## 3. The first run

A run is one training. Parameters are what it was given and do not change; tags describe it and may change; the description
is a note about it.
""",
        """
## 3. 最初のラン

ラン（run）は 1 回の学習です。パラメーター（param）は与えた設定で、あとから変わりません。タグ（tag）は説明で、変更できます。
`description` はメモです。
""",
    ),
    code(
        """
from sklearn.linear_model import SGDClassifier

with kiseki.start_run(run_name="baseline", tags={"model": "sgd"}, description="A linear model, one pass.") as run:
    kiseki.log_params({"alpha": 0.001, "epochs": 1})
    kiseki.log_input(train_data, context="training")
    kiseki.log_input(validation_data, context="validation")
    model = SGDClassifier(loss="log_loss", alpha=0.001, random_state=7).partial_fit(x, y, classes=range(10))
    kiseki.log_metric("validation_accuracy", model.score(x_validation, y_validation))

baseline_id = run.info.run_id
baseline_id
"""
    ),
    text(
        """
## 4. Metrics of each epoch

A metric has a value, a step and a time. Logged in each epoch, it is a curve. The same function below trains any model that
learns in epochs and records:

- loss and accuracy on both parts of the data, in each epoch (`log_metrics`)
- what the model looks for, as images over the epochs (`log_image` with `step`)
- the confusion matrix as a figure (`log_figure`)
- every mistake as a row of a table (`log_table`)
- a summary as JSON (`log_dict`) and as text (`log_text`)
- the model file (`log_artifact`)
""",
        """
## 4. エポックごとのメトリクス

メトリクス（metric）は値とステップと時刻を持ちます。エポックごとに記録すると曲線になります。次の関数は、エポックで学習する
モデルなら何でも学習し、次のものを記録します。

- 学習用と検証用のデータでの損失と正解率を、エポックごとに（`log_metrics`）
- モデルが何を見ているかを、エポックごとの画像で（`step` 付きの `log_image`）
- 混同行列の図（`log_figure`）
- 間違いを 1 行ずつ並べた表（`log_table`）
- まとめを JSON（`log_dict`）とテキスト（`log_text`）で
- モデルファイル（`log_artifact`）
""",
    ),
    code(
        """
import pickle
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score, log_loss

EPOCHS = 10


def train(name, model, params):
    with kiseki.start_run(run_name=name, tags={"model": name.split()[0]}) as run:
        kiseki.log_params({**params, "epochs": EPOCHS})
        kiseki.log_input(train_data, context="training")
        kiseki.log_input(validation_data, context="validation")

        for epoch in range(1, EPOCHS + 1):
            model.partial_fit(x, y, classes=np.arange(10))
            for part, inputs, expected in (("train", x, y), ("validation", x_validation, y_validation)):
                probabilities = model.predict_proba(inputs)
                kiseki.log_metrics(
                    {
                        f"{part}_loss": log_loss(expected, probabilities),
                        f"{part}_accuracy": accuracy_score(expected, probabilities.argmax(axis=1)),
                    },
                    step=epoch,
                )
            weights = model.coef_ if hasattr(model, "coef_") else model.coefs_[0].T
            if epoch % 5 == 0:
                kiseki.log_image(weights[0].reshape(8, 8), key="weights", step=epoch)

        predicted = model.predict(x_validation)
        figure, axes = plt.subplots(figsize=(5, 4.5))
        ConfusionMatrixDisplay.from_predictions(y_validation, predicted, ax=axes, colorbar=False)
        kiseki.log_figure(figure, "confusion_matrix.png")
        plt.close(figure)

        wrong = np.flatnonzero(predicted != y_validation)
        kiseki.log_table({"row": wrong, "digit": y_validation[wrong], "predicted": predicted[wrong]}, "mistakes.json")
        kiseki.log_dict({"mistakes": len(wrong), "of": len(y_validation)}, "summary.json")
        kiseki.log_text(f"{name}: {len(wrong)} of {len(y_validation)} digits are wrong.", "summary.txt")

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "model.pkl")
            file.write_bytes(pickle.dumps(model))
            kiseki.log_artifact(file, "model")
    return run.info.run_id
"""
    ),
    code(
        """
from sklearn.neural_network import MLPClassifier

run_ids = {}
for alpha in (0.0001, 0.01):
    linear = SGDClassifier(loss="log_loss", alpha=alpha, random_state=7)
    run_ids[f"sgd alpha={alpha}"] = train(f"sgd alpha={alpha}", linear, {"alpha": alpha})
for hidden in (16, 64):
    network = MLPClassifier((hidden,), learning_rate_init=0.01, random_state=7)
    run_ids[f"mlp hidden={hidden}"] = train(f"mlp hidden={hidden}", network, {"hidden": hidden})
run_ids
"""
    ),
    text(
        """
## 5. A search with nested runs

One run for the search, one run inside it for each setting. The inner runs carry the id of the outer one in the tag
`mlflow.parentRunId`.
""",
        """
## 5. 入れ子のランによる探索

探索全体が 1 つのランで、その中に設定ごとのランを入れます。内側のランは、外側のランの id をタグ `mlflow.parentRunId` に
持ちます。
""",
    ),
    code(
        """
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

best = {"accuracy": 0.0}
with kiseki.start_run(run_name="svm search", tags={"model": "svm"}) as search:
    for c in (0.1, 1.0, 10.0):
        with kiseki.start_run(run_name=f"svm C={c}", nested=True):
            kiseki.log_param("C", c)
            folds = cross_val_score(SVC(C=c), x, y, cv=3)
            for fold, accuracy in enumerate(folds):
                kiseki.log_metric("fold_accuracy", accuracy, step=fold)
            kiseki.log_metric("mean_accuracy", folds.mean())
        if folds.mean() > best["accuracy"]:
            best = {"accuracy": float(folds.mean()), "C": c}
    kiseki.log_param("best_C", best["C"])
    kiseki.log_metric("mean_accuracy", best["accuracy"])
best
"""
    ),
    text(
        """
## 6. Read back

`get_run` has the parameters, the last value of each metric and the tags. `get_metric_history` of the client has every value.
""",
        """
## 6. 読み出す

`get_run` でパラメーター、メトリクスの最後の値、タグが得られます。クライアントの `get_metric_history` では、すべての値が得られます。
""",
    ),
    code(
        """
client = kiseki.KisekiClient()
best_id = run_ids["mlp hidden=64"]
run = kiseki.get_run(best_id)
print(run.info.run_name, run.info.status)
print(run.data.params)
print(run.data.metrics)
print([(one.dataset.name, one.dataset.digest) for one in run.inputs.dataset_inputs])

history = client.get_metric_history(best_id, "validation_loss")
[(point.step, round(point.value, 4)) for point in history][:5]
"""
    ),
    text(
        """
## 7. Search and compare

`search_runs` gives a DataFrame with one row for each run. The filter is MLflow's, with `OR`, `NOT`, parentheses and
`metrics.KEY.min`, `.max`, `.first`, `.last`, `.count` in addition.
""",
        """
## 7. 検索して比較する

`search_runs` はランごとに 1 行の DataFrame を返します。フィルターは MLflow のものに加えて、`OR`、`NOT`、括弧、
`metrics.KEY.min`、`.max`、`.first`、`.last`、`.count` が使えます。
""",
    ),
    code(
        """
found = kiseki.search_runs(
    filter_string="tags.model = 'mlp' OR tags.model = 'sgd'", order_by=["metrics.validation_accuracy DESC"]
)
found[["tags.mlflow.runName", "params.hidden", "params.alpha", "metrics.validation_accuracy"]]
"""
    ),
    code(
        """
good = kiseki.search_runs(filter_string="metrics.validation_loss.min < 0.2", output_format="list")
[run.info.run_name for run in good]
"""
    ),
    code(
        """
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for name, run_id in run_ids.items():
    points = client.get_metric_history(run_id, "validation_loss")
    axes.plot([point.step for point in points], [point.value for point in points], label=name)
axes.set_xlabel("epoch")
axes.set_ylabel("validation_loss")
axes.set_yscale("log")
axes.legend();
"""
    ),
    text(
        """
## 8. Artifacts

Files of a run are listed, read and downloaded by the id of the run and their path. A download is checked against the
digest that was recorded when the file was stored.
""",
        """
## 8. アーティファクト

ランのファイルは、ランの id とパスで一覧、読み込み、ダウンロードができます。ダウンロードしたファイルは、保存時に記録した
ダイジェストと照合されます。
""",
    ),
    code(
        """
print([file.path for file in client.list_artifacts(best_id)])
print(kiseki.artifacts.load_text(f"runs:/{best_id}/summary.txt"))
print(kiseki.artifacts.load_dict(f"runs:/{best_id}/summary.json"))
kiseki.load_table("mistakes.json", run_ids=[best_id], extra_columns=["run_id"]).head()
"""
    ),
    code(
        """
kiseki.artifacts.load_image(f"runs:/{best_id}/confusion_matrix.png")
"""
    ),
    text(
        """
The model file, downloaded and used again: it predicts what it predicted before. Unpickle only files that you trust.
""",
        """
モデルファイルをダウンロードして、もう一度使います。予測は学習したときと同じです。pickle は信頼できるファイルだけを
読み込んでください。
""",
    ),
    code(
        """
folder = tempfile.mkdtemp()
place = kiseki.artifacts.download_artifacts(run_id=best_id, artifact_path="model/model.pkl", dst_path=folder)
again = pickle.loads(Path(place).read_bytes())
assert again.score(x_validation, y_validation) == run.data.metrics["validation_accuracy"]
place
"""
    ),
    text(
        """
## 9. The same on the command line

`kiseki runs list`, `describe`, `history` and `compare` read the same place, here through Python so that it works wherever
this notebook runs.
""",
        """
## 9. コマンドラインでも同じように

`kiseki runs list`、`describe`、`history`、`compare` は同じ場所を読みます。ここでは、どこでも動くように Python から
呼び出します。
""",
    ),
    code(
        """
import subprocess
import sys

for arguments in (
    ["runs", "list", "-x", experiment.experiment_id, "--order-by", "metrics.validation_accuracy DESC"],
    ["runs", "compare", run_ids["mlp hidden=16"], best_id],
):
    command = [sys.executable, "-m", "kiseki", *arguments]
    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
"""
    ),
    text(
        """
## 10. Clean up

Deleted runs and experiments go to the trash, from which `restore_run` and `restore_experiment` bring them back.
""",
        """
## 10. 片付け

削除したランと実験はゴミ箱に入り、`restore_run` と `restore_experiment` で元に戻せます。
""",
    ),
    code(
        """
kiseki.delete_run(baseline_id)
kiseki.restore_run(baseline_id)
kiseki.get_run(baseline_id).info.lifecycle_stage
"""
    ),
]


def notebook(japanese: bool) -> dict[str, Any]:
    """The notebook in one of the languages."""
    cells: list[dict[str, Any]] = []
    for number, (kind, english, other) in enumerate(CELLS, start=1):
        cell = {
            "cell_type": kind,
            "id": f"cell-{number:02d}",
            "metadata": {},
            "source": (other if japanese else english).splitlines(keepends=True),
        }
        cells.append({**cell, "execution_count": None, "outputs": []} if kind == "code" else cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def encoded(japanese: bool) -> str:
    """The file of the notebook in one of the languages."""
    return json.dumps(notebook(japanese), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    (FOLDER / "tracking.ipynb").write_text(encoded(japanese=False), encoding="utf-8")
    (FOLDER / "tracking.ja.ipynb").write_text(encoded(japanese=True), encoding="utf-8")
