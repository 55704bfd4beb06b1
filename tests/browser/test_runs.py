"""The runs page: its table, filter, groups, views and what is done with runs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.listing import experiment_of, grid, names, names_of, rows, runs_of
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target


@pytest.fixture(scope="module")
def digits(demo: Target) -> str:
    """The page of the demo's digits."""
    return f"/experiments/{experiment_of(demo, DIGITS)}"


def test_a_click_on_a_head_sorts_from_the_best(
    demo: Target, digits: str, visit: Visits, texts: Texts, language: str
) -> None:
    expected = names_of(
        runs_of(demo, digits.rsplit("/", maxsplit=1)[-1], order_by=["metrics.validation_loss DESC", "start_time DESC"])
    )
    page = visit(demo, digits)
    head = grid(page, texts).get_by_role("columnheader").filter(has_text=re.compile("^validation_loss$"))
    head.get_by_role("button", name="validation_loss", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(names(page, texts)).to_have_text(expected)
    head.get_by_role("button", name="validation_loss", exact=True).click()
    expect(names(page, texts)).to_have_text(expected[::-1])
    page.go_back()
    expect(names(page, texts)).to_have_text(expected)


def test_a_filter_keeps_what_matches_and_is_in_the_link(
    demo: Target, digits: str, visit: Visits, texts: Texts, language: str
) -> None:
    condition = "metrics.validation_accuracy.max > 0.93 AND tags.model = 'mlp'"
    expected = names_of(
        runs_of(demo, digits.rsplit("/", maxsplit=1)[-1], filter="metrics.validation_accuracy.max > 0.93")
    )
    expected = [name for name in expected if name.startswith("mlp")]
    page = visit(demo, digits)
    page.get_by_role("textbox", name=texts("runs.filter")).fill(condition)
    page.keyboard.press("Enter")
    expect(names(page, texts)).to_have_text(expected)
    again = visit(demo, page.url.removeprefix(demo.uri))
    expect(names(again, texts)).to_have_text(expected)
    expect(again.get_by_role("textbox", name=texts("runs.filter"))).to_have_value(condition)
    again.get_by_role("button", name=texts("runs.filterClear")).click()
    expect(names(again, texts)).to_have_count(7)


def test_a_word_finds_runs_by_their_name(demo: Target, digits: str, visit: Visits, texts: Texts) -> None:
    page = visit(demo, digits)
    page.get_by_role("textbox", name=texts("runs.filter")).fill("SGD")
    expect(names(page, texts)).to_have_text([re.compile("sgd")] * 3)


def test_an_error_in_a_filter_shows_where_it_is(
    demo: Target, digits: str, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(demo, digits)
    visit.watch.expect("console error: Failed to load resource.* 400")
    expect(names(page, texts)).to_have_count(7)
    page.get_by_role("textbox", name=texts("runs.filter")).fill("metrics.a > 1 AND params.b < 'x'")
    page.keyboard.press("Enter")
    place = page.get_by_label(texts("runs.filterError"))
    expect(place).to_be_visible()
    expect(place.locator("mark")).to_have_text("<")
    # What was there before stays to be looked at.
    expect(names(page, texts)).to_have_count(7)
    page.get_by_role("textbox", name=texts("runs.filter")).fill("metrics.train_loss > 0")
    expect(place).to_be_hidden()


def test_a_filter_is_completed_with_the_keys_that_there_are(
    demo: Target, digits: str, visit: Visits, texts: Texts
) -> None:
    page = visit(demo, digits)
    # What is not typed to its end may be applied meanwhile.
    visit.watch.expect("console error: Failed to load resource.* 400")
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    box.press_sequentially("metrics.valid")
    option = page.get_by_role("option").filter(has_text="metrics.validation_accuracy").first
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value(re.compile(r"^metrics\.validation_\w+"))


def test_columns_are_chosen_and_are_in_the_link(demo: Target, digits: str, visit: Visits, texts: Texts) -> None:
    page = visit(demo, digits)
    page.get_by_role("button", name=texts("runs.columns"), exact=True).click()
    page.get_by_role("checkbox", name="train_loss", exact=True).uncheck()
    heads = grid(page, texts).get_by_role("columnheader")
    expect(heads.filter(has_text="validation_loss")).to_have_count(1)
    expect(heads.filter(has_text="train_loss")).to_have_count(0)
    again = visit(demo, page.url.removeprefix(demo.uri))
    expect(grid(again, texts).get_by_role("columnheader").filter(has_text="validation_loss")).to_have_count(1)
    expect(grid(again, texts).get_by_role("columnheader").filter(has_text="train_loss")).to_have_count(0)


def test_runs_are_grouped_by_a_tag(demo: Target, digits: str, visit: Visits, texts: Texts) -> None:
    page = visit(demo, f"{digits}?group=tags.model")
    groups = grid(page, texts).get_by_role("row").filter(has_text=texts("runs.groupOf", 4))
    expect(groups).to_have_count(1)
    expect(groups).to_contain_text("mlp")
    expect(grid(page, texts).get_by_role("row").filter(has_text=texts("runs.groupOf", 3))).to_contain_text("sgd")


def test_a_baseline_shows_differences_in_per_cent(demo: Target, digits: str, visit: Visits, texts: Texts) -> None:
    page = visit(demo, digits)
    name = names(page, texts).first.inner_text()
    rows(page, texts).first.hover()
    page.get_by_role("button", name=texts("runs.actions", name), exact=True).click()
    page.get_by_role("menuitem", name=texts("runs.baseline", name)).click()
    expect(rows(page, texts).first).to_contain_text(texts("runs.isBaseline"))
    expect(rows(page, texts).nth(1)).to_contain_text(re.compile(r"[+−-]\d[\d.,]*\s?%"))


def test_a_view_is_saved_by_name_for_everyone(
    demo: Target, digits: str, visit: Visits, texts: Texts, language: str
) -> None:
    name = f"good ones {language}"
    page = visit(demo, f"{digits}?q=mlp&sort=metrics.validation_accuracy+DESC")
    expect(names(page, texts)).to_have_count(4)
    expected = names(page, texts).all_inner_texts()
    page.get_by_role("button", name=texts("runs.views")).click()
    page.get_by_role("textbox", name=texts("runs.viewName")).fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(texts("runs.viewSaved", name))).to_be_visible()
    other = visit(demo, digits)
    expect(names(other, texts)).to_have_count(7)
    other.get_by_role("button", name=texts("runs.views")).click()
    other.get_by_role("button", name=name, exact=True).click()
    expect(names(other, texts)).to_have_text(expected)
    other.get_by_role("button", name=texts("runs.views")).click()
    other.get_by_role("button", name=texts("runs.viewDelete", name)).click()
    expect(other.get_by_text(texts("runs.viewDeleted", name))).to_be_visible()


def test_a_deletion_is_undone(server: Target, visit: Visits, texts: Texts, language: str) -> None:
    experiment = server.new_experiment()
    for number in range(3):
        server.new_run(experiment, run_name=f"run-{number}", start_time=number + 1)
    page = visit(server, f"/experiments/{experiment}")
    expect(names(page, texts)).to_have_text(["run-2", "run-1", "run-0"])
    for name in ("run-0", "run-1"):
        page.get_by_role("checkbox", name=texts("runs.select", name), exact=True).check()
    tools = page.get_by_role("toolbar", name=texts("common.selectedCount", 2))
    tools.get_by_role("button", name=texts("runs.deleteRuns"), exact=True).click()
    expect(names(page, texts)).to_have_text(["run-2"])
    assert names_of(runs_of(server, experiment)) == ["run-2"]
    expect(page.get_by_text(texts("runs.deletedRuns", 2))).to_be_visible()
    page.get_by_role("button", name=texts("common.undo"), exact=True).click()
    expect(names(page, texts)).to_have_text(["run-2", "run-1", "run-0"])
    assert names_of(runs_of(server, experiment)) == ["run-2", "run-1", "run-0"]


def test_selected_runs_are_tagged(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment, run_name="one")
    page = visit(server, f"/experiments/{experiment}")
    page.get_by_role("checkbox", name=texts("runs.select", "one"), exact=True).check()
    page.get_by_role("button", name=texts("runs.addTag"), exact=True).click()
    page.get_by_role("textbox", name=texts("runs.tagKey"), exact=True).fill("team")
    page.get_by_role("textbox", name=texts("runs.tagValue"), exact=True).fill("視覚")
    page.keyboard.press("Enter")
    expect(page.get_by_text(texts("runs.taggedRuns", 1))).to_be_visible()
    assert server.tags(run)["team"] == "視覚"


def test_the_table_is_downloaded_as_csv(demo: Target, digits: str, visit: Visits, texts: Texts, tmp_path: Path) -> None:
    page = visit(demo, f"{digits}?sort=metrics.validation_accuracy+DESC")
    expect(names(page, texts)).to_have_count(7)
    with page.expect_download() as download:
        page.get_by_role("button", name=texts("runs.csv")).click()
    download.value.save_as(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    found = runs_of(
        demo, digits.rsplit("/", maxsplit=1)[-1], order_by=["metrics.validation_accuracy DESC", "start_time DESC"]
    )
    assert len(table) == 7
    values = [float(next(value for key, value in row.items() if "validation_accuracy" in key)) for row in table]
    metrics = [{metric["key"]: metric["value"] for metric in run["data"]["metrics"]} for run in found]
    assert values == [each["validation_accuracy"] for each in metrics]


def test_an_empty_experiment_shows_the_lines_that_log_the_first_run(
    server: Target, visit: Visits, texts: Texts, language: str
) -> None:
    experiment = server.new_experiment()
    page = visit(server, f"/experiments/{experiment}")
    expect(page.get_by_text(texts("runs.emptyTitle"))).to_be_visible()
    expect(page.get_by_text("log_metric")).to_be_visible()
    expect(page.locator("code, pre").filter(has_text=server.uri).first).to_be_visible()


def test_an_experiment_that_does_not_exist_is_explained(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(demo, "/experiments/987654321")
    visit.watch.expect("console error: Failed to load resource.* 404")
    expect(page.get_by_role("alert").or_(page.get_by_role("heading")).first).to_be_visible()
    expect(page.locator("main")).to_contain_text("987654321")


def test_saved_views_survive_what_they_do_not_understand(
    demo: Target, digits: str, visit: Visits, texts: Texts
) -> None:
    scope = f"experiments/{digits.rsplit('/', maxsplit=1)[-1]}"
    state = json.dumps({"sort": ["?"], "tab": "no such tab", "cols": "none", "smooth": "much", "later": {"a": 1}})
    demo.request("POST", "/api/kiseki/v1/views/save", json={"scope": scope, "name": "odd", "state": state}).ok()
    page = visit(demo, digits)
    page.get_by_role("button", name=texts("runs.views")).click()
    page.get_by_role("button", name="odd", exact=True).click()
    expect(names(page, texts)).to_have_count(7)
    demo.request("POST", "/api/kiseki/v1/views/delete", json={"scope": scope, "name": "odd"}).ok()
