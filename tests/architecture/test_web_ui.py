import json
import re
import subprocess
from pathlib import Path

import pytest

from kiseki.server.openapi import document
from tests.browser.texts import Inspection, inspection, node

UI = Path(__file__).parents[2] / "ui"

SAME_IN_BOTH = {
    "analysis.betterXy",
    "analysis.oob",
    "analysis.p",
    "analysis.stop",
    "artifacts.pdfOf",
    "artifacts.pixels",
    "charts.place",
    "charts.tooltip.range",
    "common.appName",
    "compare.names.kiseki.python.version",
    "experiments.id",
    "experiments.namePlaceholder",
    "registry.conditionExample",
    "registry.digest",
    "registry.docker",
    "registry.reportExample",
    "reproducibility.listed",
    "reproducibility.names.gpus",
    "reproducibility.names.python",
    "run.datasetFacts.uri",
    "run.datasetFacts.url",
    "settings.api",
    "settings.mlflowVersion",
    "settings.version",
    *(f"runs.filterHelpLines.{line}.0" for line in range(6)),
    *(f"models.filterHelpLines.{line}.0" for line in range(6)),
    *(f"registry.filterHelpLines.{line}.0" for line in range(5)),
}
"""Texts without Japanese characters in both languages: names, abbreviations, numbers, signs, code."""

NO_TEXTS = {
    "kiseki",
    "· kiseki",
    "MLflow",
    # Each language is named in itself.
    "English",
    "日本語",
    # Keys of the keyboard are named as they are labelled.
    "Ctrl",
    "Enter",
    "Esc",
    # Code.
    "mlflow.enable_system_metrics_logging()",
    'kiseki.log_metric("loss", loss, step=step)',
    # A sample's size, as statistics has it.
    "(n =",
    "n=",
    "(Esc)",
}
"""What pages may say without a catalogue."""


@pytest.fixture(scope="module")
def ui() -> Inspection:
    return inspection()


def test_the_types_of_the_api_are_those_of_the_server(tmp_path: Path) -> None:
    found = node()
    (tmp_path / "openapi.json").write_bytes(document())
    written = tmp_path / "schema.d.ts"
    program = UI / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    finished = subprocess.run(
        [found.program, str(program), str(tmp_path / "openapi.json"), "--output", str(written)],
        cwd=UI,
        env=found.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    current = written.read_text(encoding="utf-8") == (UI / "src/api/schema.d.ts").read_text(encoding="utf-8")
    assert current, "ui/src/api/schema.d.ts is not what the server's structs say: run `make types`"


def test_every_package_at_run_time_has_a_reason() -> None:
    manifest = json.loads((UI / "package.json").read_text(encoding="utf-8"))
    assert set(manifest["//"]) == set(manifest["dependencies"])
    assert [name for name, reason in manifest["//"].items() if not reason.strip()] == []


def test_the_packages_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((UI / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_both_catalogues_have_the_same_texts(ui: Inspection) -> None:
    assert set(ui.en) ^ set(ui.ja) == set()


def test_no_text_is_empty(ui: Inspection) -> None:
    assert [name for texts in (ui.en, ui.ja) for name, text in texts.items() if not text.strip()] == []


def test_every_text_is_translated(ui: Inspection) -> None:
    japanese = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
    assert {name for name, text in ui.ja.items() if text == ui.en[name]} - SAME_IN_BOTH == set()
    assert {name for name, text in ui.ja.items() if not japanese.search(text)} - SAME_IN_BOTH == set()
    assert {name for name, text in ui.en.items() if japanese.search(text)} - SAME_IN_BOTH == set()
    assert {name for name in SAME_IN_BOTH if name not in ui.en or japanese.search(ui.ja[name])} == set()


def test_pages_have_no_texts_of_their_own(ui: Inspection) -> None:
    assert [f"{one.place}: {one.text}" for one in ui.literals if one.text not in NO_TEXTS] == []
