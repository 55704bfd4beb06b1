"""The notebooks, run from the first cell to the last, and what they recorded read back."""

import os
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbclient import NotebookClient

from examples.notebooks import encoded
from kiseki.client import KisekiClient
from tests.wire.server import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
FORMAT: Final[Any] = nbformat
"""Its functions have no types."""


@pytest.mark.parametrize(("name", "japanese"), [("tracking.ipynb", False), ("tracking.ja.ipynb", True)])
def test_a_notebook_is_what_its_source_makes(name: str, japanese: bool) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert text == encoded(japanese)
    notebook = FORMAT.reads(text, as_version=4)
    FORMAT.validate(notebook)
    assert [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs] == []
    words = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert any("ぁ" <= char <= "ん" for char in words) == japanese


def executed(name: str, folder: Path) -> Any:
    notebook = FORMAT.read(EXAMPLES / name, as_version=4)
    client = NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(folder)}})
    # Figures are shown as in a browser, whatever the tests have for the rest.
    return client.execute(env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"})


def outputs(notebook: Any) -> str:
    """All text that the cells printed or returned."""
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output
            parts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


@pytest.mark.parametrize("name", ["tracking.ipynb", "tracking.ja.ipynb"])
def test_a_notebook_records_what_it_shows(
    name: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in list(os.environ):
        if variable.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(variable)
    # One of them without a server, as a reader runs it first, the other with one.
    if name == "tracking.ja.ipynb":
        monkeypatch.setenv("KISEKI_TRACKING_URI", server.uri)
    notebook = executed(name, tmp_path)

    client = KisekiClient(server.uri if name == "tracking.ja.ipynb" else f"sqlite:///{tmp_path / 'kiseki.db'}")
    experiment = client.get_experiment_by_name("notebook: digits")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {
        *("baseline", "sgd alpha=0.0001", "sgd alpha=0.01", "mlp hidden=16", "mlp hidden=64"),
        *("svm search", "svm C=0.1", "svm C=1.0", "svm C=10.0"),
    }
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    best = runs["mlp hidden=64"]
    history = client.get_metric_history(best.info.run_id, "validation_loss")
    assert [point.step for point in history] == list(range(1, 11))
    assert runs["svm C=1.0"].data.tags["mlflow.parentRunId"] == runs["svm search"].info.run_id
    assert [file.path for file in client.list_artifacts(best.info.run_id)] == [
        *("confusion_matrix.png", "images", "kiseki", "mistakes.json", "model", "summary.json", "summary.txt"),
    ]
    assert len(client.load_table(experiment.experiment_id, "mistakes.json", [best.info.run_id])) > 0

    shown = outputs(notebook)
    for run in runs.values():
        assert run.info.run_id in shown
    assert f"{best.data.metrics['validation_accuracy']}" in shown
    pictures = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 2
    client.backend.close()
