"""A run that one cell starts is there for the next, though each cell may be a task of its own."""

from pathlib import Path

import pytest

from kiseki.client.client import KisekiClient

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: notebooks are not tested")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = [
    "import kiseki\nkiseki.start_run()",
    "import asyncio\nawait asyncio.sleep(0)\nkiseki.log_metric('m', 1)",
    "kiseki.log_param('p', 2)\nkiseki.active_run().info.run_id",
    "1 / 0",
    "await asyncio.sleep(0)\nkiseki.end_run()\nassert kiseki.active_run() is None",
]


# The kernel's client leaves sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_cells_share_the_active_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "work/train.ipynb")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(book, timeout=120, allow_errors=True, kernel_name="python3").execute()
    errors = [output["ename"] for cell in book.cells for output in cell.outputs if output["output_type"] == "error"]
    assert errors == ["ZeroDivisionError"]
    (run,) = KisekiClient().search_runs(["0"])
    assert run.info.status == "FINISHED"
    assert (run.data.metrics, run.data.params) == ({"m": 1.0}, {"p": "2"})
    assert run.data.tags["mlflow.source.name"] == "work/train.ipynb"
    assert run.data.tags["mlflow.source.type"] == "NOTEBOOK"
