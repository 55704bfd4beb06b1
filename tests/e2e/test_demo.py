"""The demo, run once as a person would, and what it recorded read back."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import kiseki
from kiseki.client import KisekiClient
from kiseki.entities import Run

COMMAND = [sys.executable, "-m", "kiseki"]


class Demo(msgspec.Struct, kw_only=True):
    """What the demo printed, and a client of the server that serves its data again."""

    output: str
    folder: Path
    address: str
    client: KisekiClient
    runs: dict[str, list[Run]]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}
    return {**kept, "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                assert answer.read() == b"OK"
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("demo")
    finished = subprocess.run(
        [*COMMAND, "demo", "--exit", "--port", "0"],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert finished.returncode == 0, finished.stderr
    # The last line says how to serve the data again, and is taken at its word.
    again = shlex.split(finished.stdout.splitlines()[-1])
    words = again[again.index("server") :]
    address = f"http://127.0.0.1:{words[words.index('--port') + 1]}"
    with subprocess.Popen(
        [*COMMAND, *words], cwd=place, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(address)
            client = KisekiClient(address)
            runs = {
                experiment.name: list(client.search_runs([experiment.experiment_id]))
                for experiment in client.search_experiments()
            }
            yield Demo(output=finished.stdout, folder=place / "kiseki-demo", address=address, client=client, runs=runs)
            client.backend.close()
        finally:
            server.terminate()


def test_every_run_is_there_and_has_ended(demo: Demo) -> None:
    assert {name: len(runs) for name, runs in demo.runs.items()} == {
        "Default": 0,
        "demo: digits": 7,
        "demo: diabetes": 6,
        "demo: wine": 7,
    }
    for runs in demo.runs.values():
        for run in runs:
            assert run.info.status == "FINISHED"
            assert run.info.end_time is not None
            assert run.data.params["model" if "model" in run.data.params else "C"]
            assert run.data.tags["model"] in {"sgd", "mlp", "boosting", "svm"}
    for experiment in demo.client.search_experiments(filter_string="name LIKE 'demo%'"):
        assert experiment.tags["mlflow.note.content"]


def test_every_epoch_has_its_metrics_and_training_helps(demo: Demo) -> None:
    for run in demo.runs["demo: digits"]:
        for key in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
            history = demo.client.get_metric_history(run.info.run_id, key)
            assert [point.step for point in history] == list(range(1, 31))
        assert run.data.metrics["validation_accuracy"] > 0.75
    for run in demo.runs["demo: diabetes"]:
        history = demo.client.get_metric_history(run.info.run_id, "train_rmse")
        assert [point.step for point in history] == list(range(1, 101))
        assert history[-1].value < history[0].value


def test_figures_tables_and_images_are_there(demo: Demo, tmp_path: Path) -> None:
    run = next(run for run in demo.runs["demo: digits"] if run.data.tags["model"] == "sgd")
    run_id = run.info.run_id
    files = {file.path: file for file in demo.client.list_artifacts(run_id)}
    assert set(files) == {"confusion_matrix.png", "images", "mistakes.json"}
    assert len(demo.client.list_artifacts(run_id, "images")) == 2 * 3
    figure = Path(demo.client.download_artifacts(run_id, "confusion_matrix.png", str(tmp_path)))
    assert figure.read_bytes().startswith(b"\x89PNG")
    table = demo.client.load_table(run.info.experiment_id, "mistakes.json", [run_id])
    assert list(table.columns) == ["row", "digit", "predicted", "probability"]
    wrong = round(450 * (1 - run.data.metrics["validation_accuracy"]))
    assert len(table) == wrong > 0


@pytest.mark.parametrize(
    ("name", "count", "inputs"),
    [
        ("digits", 7, [("tensor", "")]),
        ("diabetes", 6, [("double", name) for name in ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")]),
        ("wine", 1, None),
    ],
)
def test_models_are_logged_with_their_scores_and_predict(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, name: str, count: int, inputs: list[tuple[str, str]] | None
) -> None:
    monkeypatch.setenv("KISEKI_TRACKING_URI", demo.address)
    runs = {run.info.run_id: run for run in demo.runs[f"demo: {name}"]}
    experiment = next(iter(runs.values())).info.experiment_id
    models = list(demo.client.search_logged_models([experiment]))
    assert len(models) == count
    for model in models:
        run = runs[str(model.source_run_id)]
        assert (model.status, model.name) == ("READY", run.data.tags["model"])
        assert model.params == run.data.params
        scores = {metric.key: metric.value for metric in model.metrics or ()}
        assert scores
        assert scores.items() <= run.data.metrics.items()
        loaded = kiseki.pyfunc.load_model(model.model_uri)
        schema = loaded.metadata.get_input_schema()
        assert schema is not None
        given = schema.to_dict()
        assert inputs is None or [(one["type"], one.get("name", "")) for one in given] == inputs
        assert len(loaded.predict(loaded.metadata.load_input_example())) == 3


def test_models_know_the_dataset_on_which_they_were_measured(demo: Demo) -> None:
    experiment = demo.runs["demo: wine"][0].info.experiment_id
    (model,) = demo.client.search_logged_models([experiment])
    assert [(metric.key, metric.dataset_name) for metric in model.metrics or () if metric.dataset_name] == [
        ("validation_accuracy", "wine validation")
    ]


def test_datasets_are_recorded(demo: Demo) -> None:
    run = demo.client.get_run(demo.runs["demo: wine"][0].info.run_id)
    parents = [run for run in demo.runs["demo: wine"] if run.info.run_name == "svm search"]
    run = demo.client.get_run(parents[0].info.run_id)
    assert run.inputs is not None
    inputs = {one.dataset.name: one for one in run.inputs.dataset_inputs}
    assert set(inputs) == {"wine training", "wine validation"}
    assert [(tag.key, tag.value) for tag in inputs["wine training"].tags or []] == [("mlflow.data.context", "training")]
    assert json.loads(inputs["wine training"].dataset.profile or "{}")["num_rows"] == 133


def test_the_search_has_its_settings_as_nested_runs(demo: Demo) -> None:
    (parent,) = [run for run in demo.runs["demo: wine"] if run.info.run_name == "svm search"]
    children = [run for run in demo.runs["demo: wine"] if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(children) == 6
    best = max(children, key=lambda run: run.data.metrics["mean_accuracy"])
    assert parent.data.metrics["mean_accuracy"] == best.data.metrics["mean_accuracy"]
    assert (parent.data.params["best_C"], parent.data.params["best_gamma"]) == (
        best.data.params["C"],
        best.data.params["gamma"],
    )
    assert len(demo.client.get_metric_history(best.info.run_id, "fold_accuracy")) == 5


def test_the_commands_that_it_prints_work(demo: Demo, tmp_path: Path) -> None:
    guide = demo.output[demo.output.index("export KISEKI_TRACKING_URI=") :]
    lines = [
        line.strip() for line in guide.splitlines() if re.match(r"  \S*kiseki (experiments|runs|artifacts) ", line)
    ]
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line)[1:]
        finished = subprocess.run(
            [*COMMAND, *words],
            env={**environment(), "KISEKI_TRACKING_URI": demo.client.tracking_uri},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, (line, finished.stderr)
        assert len(finished.stdout.splitlines()) > (0 if "download" in words else 1), line
    assert (tmp_path / "downloaded" / "mistakes.json").exists()


def test_it_says_where_everything_is(demo: Demo) -> None:
    assert "20 runs of 3 experiments are recorded." in demo.output
    for place in (demo.folder / "kiseki.db", demo.folder / "artifacts"):
        assert str(place) in demo.output
        assert place.exists()
    source = re.search(r"How it was done +(\S+)", demo.output)
    assert source is not None
    assert Path(source[1]).read_text(encoding="utf-8").count("kiseki.log_") > 10
    # Only its owner may look into the folder.
    assert demo.folder.stat().st_mode & 0o077 == 0


def test_the_server_ends_with_a_demo_that_is_ended_in_the_middle(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "demo", "--port", "0"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+(?=\.)", process.stdout.readline())
        assert found is not None
        assert "sgd" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 1
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{found[0]}/health", timeout=5)
    client = KisekiClient(f"sqlite:///{tmp_path / 'kiseki-demo' / 'kiseki.db'}")
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    assert {run.info.status for run in runs} <= {"FINISHED", "FAILED", "KILLED"}
    client.backend.close()
