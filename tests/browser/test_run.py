"""The page of one run."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.listing import at_step, experiment_of, names, run_named, runs_of
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target
from tests.wire.server import metric


@pytest.fixture(scope="module")
def sgd(demo: Target) -> str:
    """The path of one of the demo's runs."""
    return f"/runs/{run_named(demo, DIGITS, 'sgd alpha=0.001')}"


def test_a_run_is_reached_from_the_list_and_shows_what_it_did(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(demo, f"/experiments/{experiment_of(demo, DIGITS)}")
    names(page, texts).filter(has_text="sgd alpha=0.001").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("sgd alpha=0.001")
    main = page.get_by_role("main")
    expect(main).to_contain_text(texts("common.status.FINISHED"))
    (run,) = runs_of(demo, experiment_of(demo, DIGITS), filter="attributes.run_name = 'sgd alpha=0.001'")
    for param in run["data"]["params"]:
        row = page.get_by_role("row").filter(has=page.get_by_text(param["key"], exact=True))
        expect(row).to_contain_text(param["value"])
    loss = page.get_by_role("row").filter(has_text="validation_loss")
    expect(at_step(loss, 30)).to_be_visible()
    page.get_by_role("link", name=DIGITS).click()
    expect(names(page, texts)).to_have_count(7)


def test_a_deleted_run_explains_itself_and_is_restored(
    server: Target, visit: Visits, texts: Texts, language: str
) -> None:
    run = server.new_run(server.new_experiment(), run_name="forgotten")
    server.post("runs/delete", run_id=run).ok()
    page = visit(server, f"/runs/{run}")
    expect(page.get_by_role("heading", level=1)).to_have_text("forgotten")
    expect(page.get_by_role("alert")).to_contain_text(texts("run.deletedTitle"))
    page.get_by_role("button", name=texts("run.restoreRun"), exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert server.run(run)["info"]["lifecycle_stage"] == "active"


def test_the_run_of_a_deleted_experiment_explains_itself(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment)
    server.post("experiments/delete", experiment_id=experiment).ok()
    page = visit(server, f"/runs/{run}")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(texts("run.restoreExperiment") + "|" + texts("run.restoreRun"))
    )


@pytest.mark.parametrize("run", ["0" * 32, "no such run", "%3Cscript%3E"])
def test_a_run_that_is_not_there_is_explained(
    demo: Target, visit: Visits, texts: Texts, language: str, run: str
) -> None:
    page = visit(demo, f"/runs/{run}")
    visit.watch.expect("console error: Failed to load resource.* 40[04]")
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("run.unknownTitle"))
    page.get_by_role("link", name=texts("settings.goToExperiments")).click()
    expect(page.get_by_role("link", name=DIGITS)).to_be_visible()


def test_a_run_is_deleted_and_the_deletion_undone(server: Target, visit: Visits, texts: Texts) -> None:
    run = server.new_run(server.new_experiment(), run_name="mistake")
    page = visit(server, f"/runs/{run}")
    page.get_by_role("button", name=texts("run.actions")).click()
    page.get_by_role("menuitem", name=texts("run.remove")).click()
    expect(page.get_by_role("alert")).to_contain_text(texts("run.deletedTitle"))
    assert server.run(run)["info"]["lifecycle_stage"] == "deleted"
    page.get_by_role("button", name=texts("common.undo"), exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert server.run(run)["info"]["lifecycle_stage"] == "active"


def test_a_run_is_renamed(server: Target, visit: Visits, texts: Texts) -> None:
    run = server.new_run(server.new_experiment(), run_name="before")
    page = visit(server, f"/runs/{run}")
    page.get_by_role("button", name=texts("run.rename"), exact=True).click()
    page.get_by_role("textbox", name=texts("run.renameLabel")).fill("後の名前")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("後の名前")
    assert server.run(run)["info"]["run_name"] == "後の名前"
    expect(page).to_have_title(re.compile("後の名前"))


def test_a_note_is_written_in_markdown(server: Target, visit: Visits, texts: Texts, language: str) -> None:
    run = server.new_run(server.new_experiment())
    page = visit(server, f"/runs/{run}")
    page.get_by_role("button", name=texts("run.note.add")).click()
    note = "## 結果\n\nIt **works**, see [docs](https://example.org/docs).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    page.get_by_role("textbox", name=texts("run.note.label")).fill(note)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="結果")).to_be_visible()
    expect(page.locator("strong", has_text="works")).to_be_visible()
    expect(page.get_by_role("cell", name="2", exact=True)).to_be_visible()
    link = page.get_by_role("link", name="docs")
    assert "noopener" in (link.get_attribute("rel") or "")
    assert server.tags(run)["mlflow.note.content"] == note
    again = visit(server, f"/runs/{run}")
    expect(again.get_by_role("heading", name="結果")).to_be_visible()


def test_tags_are_added_changed_and_deleted(server: Target, visit: Visits, texts: Texts) -> None:
    run = server.new_run(server.new_experiment())
    page = visit(server, f"/runs/{run}")
    tags = page.get_by_role("list", name=texts("run.tags.title")).first
    page.get_by_role("button", name=texts("run.tags.add")).click()
    editor = page.get_by_role("dialog", name=texts("run.tags.add"))
    editor.get_by_role("textbox", name=texts("common.key")).fill("stage")
    editor.get_by_role("textbox", name=texts("common.value")).fill("draft")
    editor.get_by_role("button", name=texts("common.save")).click()
    tags.get_by_role("button").filter(has_text="draft").click()
    assert server.tags(run)["stage"] == "draft"
    editor = page.get_by_role("dialog", name=re.compile("draft"))
    editor.get_by_role("textbox", name=texts("common.value")).fill("final")
    editor.get_by_role("button", name=texts("common.save")).click()
    tags.get_by_role("button").filter(has_text="final").click()
    editor = page.get_by_role("dialog", name=re.compile("final"))
    editor.get_by_role("button", name=texts("common.remove")).click()
    expect(page.get_by_text(texts("run.tags.deleted", "stage"))).to_be_visible()
    assert "stage" not in server.tags(run)
    page.get_by_role("button", name=texts("common.undo"), exact=True).click()
    expect(tags.get_by_role("button").filter(has_text="final")).to_be_visible()
    assert server.tags(run)["stage"] == "final"


def test_files_are_shown_and_downloaded(demo: Target, sgd: str, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(demo, sgd)
    page.get_by_role("tab", name=texts("run.artifacts")).click()
    tree = page.get_by_role("tree", name=texts("artifacts.tree"))
    tree.get_by_role("treeitem", name=re.compile("^confusion_matrix.png")).click()
    image = page.get_by_role("img", name="confusion_matrix.png")
    expect(image).to_have_js_property("naturalWidth", 500)
    tree.get_by_role("treeitem", name=re.compile("^mistakes.json")).click()
    expect(page.get_by_role("main")).to_contain_text("probability")
    with page.expect_download() as one:
        page.get_by_role("link", name=texts("artifacts.downloadFile")).click()
    assert one.value.suggested_filename == "mistakes.json"
    assert "probability" in json.loads(one.value.path().read_text())["columns"]
    with page.expect_download() as everything:
        page.get_by_role("link", name=texts("artifacts.downloadAll")).click()
    with zipfile.ZipFile(io.BytesIO(everything.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("confusion_matrix.png") for name in archive.namelist())


def test_odd_numbers_are_shown_as_what_they_are(server: Target, visit: Visits, texts: Texts, language: str) -> None:
    run = server.new_run(server.new_experiment())
    points = [metric("loss", value, step=step) for step, value in enumerate([1.5, "NaN", "Infinity", 0.25, "NaN"])]
    server.post("runs/log-batch", run_id=run, metrics=points).ok()
    page = visit(server, f"/runs/{run}")
    row = page.get_by_role("row").filter(has_text="loss")
    expect(row).to_contain_text("NaN")
    expect(row).to_contain_text("0.25")
    expect(row).to_contain_text(texts("run.nonfinite", 3))
