"""What most tests of pages need: where a run list is on screen, and what the REST API says of it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from tests.browser.texts import Texts
from tests.faults.server import Target
from tests.wire.server import Json


def experiment_of(server: Target, name: str) -> str:
    """The id of an experiment."""
    return str(server.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]["experiment_id"])


def runs_of(server: Target, experiment_id: str, **search: object) -> list[Json]:
    """The runs of an experiment as the REST API finds them."""
    found = server.post("runs/search", {"experiment_ids": [experiment_id], **search}).ok()
    return list(found.get("runs", []))


def names_of(runs: list[Json]) -> list[str]:
    """Their names."""
    return [run["info"]["run_name"] for run in runs]


def run_named(server: Target, experiment: str, name: str) -> str:
    """The id of the one run of that name."""
    (run,) = runs_of(server, experiment_of(server, experiment), filter=f"attributes.run_name = '{name}'")
    return str(run["info"]["run_id"])


def models_of(server: Target, experiment_id: str, **search: object) -> list[Json]:
    """The logged models of an experiment as the REST API finds them."""
    found = server.post("logged-models/search", {"experiment_ids": [experiment_id], **search}).ok()
    return list(found.get("models", []))


def model_path(server: Target, experiment: str, name: str) -> str:
    """The path of the page of the one logged model of that name."""
    number = experiment_of(server, experiment)
    (model,) = models_of(server, number, filter=f"name = '{name}'", view_type="ALL")
    return f"/experiments/{number}/models/{model['info']['model_id']}"


def at_step(row: Locator, step: int) -> Locator:
    """The cell of a metric of a run that says at which step a value was."""
    return row.get_by_role("cell").filter(has_text=re.compile(rf"@ {step}$")).first


def main_link(page: Page, texts: Texts, path: str) -> Locator:
    """A link of the head of every page, by the path of its text."""
    head = page.get_by_role("navigation", name=texts("settings.navigation"))
    return head.get_by_role("link", name=texts(path), exact=True)


def grid(page: Page, texts: Texts) -> Locator:
    """The table of runs."""
    return page.get_by_role("grid", name=texts("runs.title"), exact=True)


def rows(page: Page, texts: Texts) -> Locator:
    """The rows of the table that have a run, in order."""
    return grid(page, texts).get_by_role("row").filter(has=page.get_by_role("link"))


def names(page: Page, texts: Texts) -> Locator:
    """The names of the runs of the table, in order."""
    return rows(page, texts).get_by_role("link")
