"""Logged models: the table of an experiment's, the page of one, and what runs say of theirs."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.listing import experiment_of, model_path, models_of, run_named
from tests.browser.places import IRISES
from tests.browser.texts import Texts
from tests.faults.server import Target
from tests.wire.server import API, Json, metric, pairs

FIRST = "logistic-1_0"
# The latest first.
NAMES = [
    "interrupted",
    "still-training",
    "hosted-elsewhere",
    "pixels",
    "checkpoint-4",
    "checkpoint-2",
    "checkpoint-1",
    "logistic-0_01",
    "logistic-0_1",
    FIRST,
]


@pytest.fixture(scope="module")
def irises(models: Target) -> str:
    """The id of the experiment with the models."""
    return experiment_of(models, IRISES)


def listed(page: Page, texts: Texts) -> Locator:
    """The names of the models in the table, in order."""
    return page.get_by_role("table", name=texts("models.title")).get_by_role("rowheader").get_by_role("link")


def new_model(server: Target, experiment: str, name: str, **fields: object) -> str:
    """A fresh logged model; its id."""
    answer = server.post("logged-models", experiment_id=experiment, name=name, **fields).ok()
    return str(answer["model"]["info"]["model_id"])


def model_of(server: Target, model_id: str) -> Json:
    """A logged model as the REST API tells it."""
    found: Json = server.get(f"logged-models/{model_id}", allow_deleted="true").ok()["model"]
    return found


def tags_of(server: Target, model_id: str) -> dict[str, str]:
    """The tags of a logged model."""
    return {tag["key"]: tag["value"] for tag in model_of(server, model_id)["info"].get("tags", [])}


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def copied(page: Page, word: str) -> str:
    """What is in the clipboard once it has a word."""
    found = page.wait_for_function(
        """async (word) => {
            const text = await navigator.clipboard.readText();
            return text.includes(word) && text;
        }""",
        arg=word,
    )
    return str(found.json_value())


def test_an_experiment_lists_its_models(
    models: Target, irises: str, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(models, f"/experiments/{irises}")
    page.get_by_role("tab", name=texts("runs.tabs.models")).click()
    expect(listed(page, texts)).to_have_text(NAMES)
    expect(page).to_have_url(re.compile(f"/experiments/{irises}/models$"))
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=FIRST, exact=True))
    expect(row).to_contain_text("classifier")
    expect(row.get_by_role("link", name="logistic C=1")).to_be_visible()
    (found,) = models_of(models, irises, filter=f"name = '{FIRST}'")
    accuracies = {one["dataset_name"]: one["value"] for one in found["data"]["metrics"] if one["key"] == "accuracy"}
    assert set(accuracies) == {"irises train", "irises test"}
    for value in accuracies.values():
        expect(row.get_by_title(str(value), exact=True)).to_be_visible()
    page.get_by_role("tab", name=texts("runs.tabs.charts")).click()
    expect(page).to_have_url(re.compile(f"/experiments/{irises}\\?tab=charts$"))


def test_models_are_sorted_by_what_was_measured_on_a_dataset(
    models: Target, irises: str, visit: Visits, texts: Texts
) -> None:
    page = visit(models, f"/experiments/{irises}/models")
    expect(listed(page, texts)).to_have_text(NAMES)
    log_loss = page.get_by_role("button", name=re.compile(re.escape(texts("models.sortBy", "")) + ".*log_loss"))
    log_loss.click()
    best_last = [FIRST, "logistic-0_1", "logistic-0_01"]
    expect(page.get_by_role("columnheader").filter(has=log_loss)).to_have_attribute("aria-sort", "descending")
    expect(listed(page, texts).first).to_have_text(best_last[-1])
    log_loss.click()
    expect(listed(page, texts).first).to_have_text(best_last[0])
    again = visit(models, page.url.removeprefix(models.uri))
    expect(listed(again, texts).first).to_have_text(best_last[0])


def test_models_are_filtered(models: Target, irises: str, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(models, f"/experiments/{irises}/models")
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    box.fill("checkpoint")
    expect(listed(page, texts)).to_have_text(["checkpoint-4", "checkpoint-2", "checkpoint-1"])
    box.fill("metrics.log_loss > 0 AND params.C = '0.01'")
    expect(listed(page, texts)).to_have_text(["logistic-0_01"])
    box.fill("metrics.log_loss > 'x'")
    visit.watch.expect("console error: Failed to load resource.* 400")
    expect(page.get_by_role("alert", name=texts("runs.filterError"))).to_be_visible()
    box.fill("nothing of this name")
    expect(page.get_by_role("heading", name=texts("models.noMatchTitle"))).to_be_visible()
    button(page, texts("runs.filterClear")).last.click()
    expect(listed(page, texts)).to_have_text(NAMES)
    box.fill("params.sol")
    page.get_by_role("option", name="params.solver").click()
    box.press_sequentially("= ")
    page.get_by_role("option", name="'lbfgs'").click()
    expect(listed(page, texts)).to_have_text(["logistic-0_01", "logistic-0_1", FIRST])


def test_columns_are_chosen(models: Target, irises: str, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/experiments/{irises}/models")
    heads = page.get_by_role("table", name=texts("models.title")).get_by_role("columnheader")
    expect(heads.filter(has_text="solver")).to_have_count(1)
    button(page, texts("runs.columns")).click()
    menu = page.get_by_role("dialog")
    menu.get_by_role("checkbox", name="solver").uncheck()
    menu.get_by_role("checkbox", name="team").check()
    page.keyboard.press("Escape")
    expect(heads.filter(has_text="solver")).to_have_count(0)
    expect(heads.filter(has_text="team")).to_have_count(1)
    again = visit(models, page.url.removeprefix(models.uri))
    expect(again.get_by_role("columnheader").filter(has_text="team")).to_have_count(1)
    expect(again.get_by_role("cell", name="flowers")).to_have_count(3)


def test_a_view_of_models_is_saved_by_name(
    models: Target, irises: str, visit: Visits, texts: Texts, language: str
) -> None:
    name = f"regressions {language}"
    page = visit(models, f"/experiments/{irises}/models?q=logistic&sort=attributes%2Fname+ASC")
    expect(listed(page, texts)).to_have_text(["logistic-0_01", "logistic-0_1", FIRST])
    button(page, texts("runs.views")).click()
    page.get_by_role("textbox", name=texts("runs.viewName")).fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(texts("runs.viewSaved", name))).to_be_visible()
    other = visit(models, f"/experiments/{irises}/models?stage=all")
    expect(listed(other, texts)).to_have_text(["forgotten", *NAMES])
    button(other, texts("runs.views")).click()
    button(other, name).click()
    expect(listed(other, texts)).to_have_text(["logistic-0_01", "logistic-0_1", FIRST])
    expect(other).to_have_url(re.compile(r"models\?q=logistic&sort=attributes%2Fname\+ASC$"))
    # It is none of the table of runs, which has other columns.
    runs = visit(models, f"/experiments/{irises}")
    button(runs, texts("runs.views")).click()
    expect(runs.get_by_text(texts("runs.viewsNone"))).to_be_visible()


def test_models_are_downloaded_as_csv(models: Target, irises: str, visit: Visits, texts: Texts, tmp_path: Path) -> None:
    page = visit(models, f"/experiments/{irises}/models?q=logistic&sort=attributes%2Fname+DESC")
    with page.expect_download() as download:
        button(page, texts("runs.csv")).click()
    assert download.value.suggested_filename == f"models-{irises}.csv"
    download.value.save_as(tmp_path / "models.csv")
    with (tmp_path / "models.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    found = models_of(models, irises, filter="name LIKE '%logistic%'")
    expected = {one["info"]["model_id"]: one for one in found}
    assert [row["name"] for row in table] == [FIRST, "logistic-0_1", "logistic-0_01"]
    assert {row["model_id"] for row in table} == set(expected)
    for row in table:
        model = expected[row["model_id"]]
        params = {f"params.{one['key']}": one["value"] for one in model["data"]["params"]}
        assert {key: value for key, value in row.items() if key.startswith("params.") and value} == params
        tested = [one for one in model["data"]["metrics"] if one.get("dataset_name") == "irises test"]
        assert tested
        for one in tested:
            column = f"metrics.{one['key']} on irises test ({one['dataset_digest'][:8]})"
            assert float(row[column]) == one["value"]


def test_keys_move_among_models_and_select_them(models: Target, irises: str, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/experiments/{irises}/models?q=logistic")
    links = listed(page, texts)
    expect(links).to_have_count(3)
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(links.nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=texts("models.select", "logistic-0_1"), exact=True)).to_be_checked()
    expect(page.get_by_role("toolbar", name=texts("common.selectedCount", 1))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("logistic-0_1")


def test_the_runs_of_selected_models_are_compared(models: Target, irises: str, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/experiments/{irises}/models")
    for name in (FIRST, "logistic-0_1"):
        page.get_by_role("checkbox", name=texts("models.select", name), exact=True).check()
    button(page, texts("models.compareRuns")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("compare.title", 2))
    for run in ("logistic C=1", "logistic C=0.1"):
        expect(page.get_by_role("link", name=run, exact=True).first).to_be_visible()


def test_what_a_tab_showed_is_there_on_the_way_back(models: Target, irises: str, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/experiments/{irises}?q=logistic&sort=attributes.run_name+ASC")
    page.get_by_role("tab", name=texts("runs.tabs.models")).click()
    # The page that is left takes no filter for the one that comes.
    expect(listed(page, texts)).to_have_count(len(NAMES))
    page.get_by_role("textbox", name=texts("runs.filter")).fill("checkpoint")
    expect(listed(page, texts)).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page).to_have_url(re.compile(r"q=logistic&sort="))
    page.keyboard.press("6")
    expect(page).to_have_url(re.compile("/models.*q=checkpoint"))


def test_a_model_says_what_it_is(models: Target, irises: str, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(models, f"/experiments/{irises}/models")
    page.get_by_role("link", name=FIRST, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    expect(page).to_have_title(f"{FIRST} · kiseki")
    main = page.get_by_role("main")
    (found,) = models_of(models, irises, filter=f"name = '{FIRST}'")
    for text in (found["info"]["model_id"], texts("common.status.LOGGED_MODEL_READY"), "classifier"):
        expect(main).to_contain_text(text)

    def section(title: str) -> Locator:
        return page.get_by_role("region", name=texts(title), exact=True)

    metrics = section("run.metrics").get_by_role("row")
    expect(metrics.filter(has_text="log_loss")).to_contain_text("irises test")
    expect(metrics.filter(has_text="accuracy")).to_have_count(2)
    # The one that another run logged.
    brier = metrics.filter(has_text="brier_score")
    expect(brier).to_contain_text("0.0625")
    evaluation = run_named(models, IRISES, "evaluation")
    expect(brier.get_by_role("link")).to_have_attribute("href", re.compile(evaluation))
    expect(section("models.parts.inputs").get_by_role("row")).to_have_count(5)
    expect(section("models.parts.inputs")).to_contain_text("sepal length (cm)")
    expect(section("models.parts.outputs")).to_contain_text("long")
    expect(section("run.params").get_by_role("row").filter(has_text="solver")).to_contain_text("lbfgs")
    expect(section("models.example").get_by_role("gridcell")).to_have_count(16)
    expect(section("artifacts.flavors")).to_contain_text("sklearn_version")
    expect(section("models.requirements")).to_contain_text("scikit-learn")
    details = section("run.details")
    expect(details).to_contain_text("3.")
    details.get_by_role("link", name="logistic C=1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("logistic C=1")


def test_a_model_of_tensors_says_their_shapes(models: Target, visit: Visits, texts: Texts) -> None:
    page = visit(models, model_path(models, IRISES, "pixels"))
    inputs = page.get_by_role("region", name=texts("models.parts.inputs"), exact=True)
    expect(inputs).to_contain_text("float32 (?, 8, 8)")
    params = page.get_by_role("region", name=texts("models.parts.params"), exact=True).get_by_role("row")
    expect(params.filter(has_text="threshold")).to_contain_text("300")
    expect(params.filter(has_text="labels")).to_contain_text('["dark", "bright"]')
    expect(page.get_by_role("region", name=texts("models.metadata"), exact=True)).to_contain_text("研究チーム")


def test_code_to_use_a_model(models: Target, visit: Visits, texts: Texts, language: str) -> None:
    path = model_path(models, IRISES, FIRST)
    uri = f"models:/{path.rpartition('/')[2]}"
    page = visit(models, path)
    use = page.get_by_role("region", name=texts("models.use"), exact=True)
    for client in ("kiseki", "MLflow"):
        use.get_by_role("tab", name=client).click()
        expect(use).to_contain_text(f'{client.lower()}.pyfunc.load_model("{uri}")')
        expect(use).to_contain_text(f'{client.lower()}.sklearn.load_model("{uri}")')
        expect(use).to_contain_text(models.uri)
    use.get_by_role("tab", name=texts("models.useCli")).click()
    expect(use).to_contain_text(f"kiseki models serve -m {uri}")
    use.get_by_role("tab", name=texts("models.useHttp")).click()
    expect(use).to_contain_text('-d \'{"dataframe_split":{"columns":["sepal length (cm)"')


def test_files_of_a_model_are_shown_and_downloaded(models: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(models, model_path(models, IRISES, FIRST))
    page.get_by_role("tab", name=texts("models.artifacts"), exact=True).click()
    tree = page.get_by_role("tree", name=texts("artifacts.tree"))
    tree.get_by_role("treeitem", name=re.compile("^requirements.txt")).click()
    expect(page.get_by_role("main")).to_contain_text("scikit-learn")
    with page.expect_download() as one:
        page.get_by_role("link", name=texts("artifacts.downloadFile")).click()
    assert one.value.suggested_filename == "requirements.txt"
    assert "scikit-learn" in one.value.path().read_text()
    with page.expect_download() as everything:
        page.get_by_role("link", name=texts("artifacts.downloadAll")).click()
    with zipfile.ZipFile(io.BytesIO(everything.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("model.skops") for name in archive.namelist())
    tree.get_by_role("treeitem", name=re.compile("^MLmodel")).click()
    expect(page.get_by_role("region", name=texts("models.parts.inputs"), exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hosted-elsewhere", "models.noFileElsewhere"),
        ("still-training", "models.noFile"),
        ("interrupted", "models.noFile"),
    ],
)
def test_a_model_without_files_explains_itself(
    models: Target, visit: Visits, texts: Texts, language: str, name: str, text: str
) -> None:
    page = visit(models, model_path(models, IRISES, name))
    expect(page.get_by_role("main")).to_contain_text(texts(text))
    expect(page.get_by_role("region", name=texts("models.use"), exact=True)).to_have_count(0)
    page.get_by_role("tab", name=texts("models.artifacts"), exact=True).click()
    expect(page.get_by_role("tree").or_(page.get_by_role("heading", name=texts("models.noFiles")))).to_be_visible()


def test_a_run_lists_the_models_that_it_made_and_used(
    models: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(models, f"/runs/{run_named(models, IRISES, 'checkpoints')}")
    section = page.get_by_role("region", name=texts("run.models"), exact=True)
    expect(section.get_by_role("rowheader")).to_have_text(["checkpoint-1", "checkpoint-2", "checkpoint-4"])
    expect(section.get_by_role("row").last).to_contain_text(texts("run.modelMadeAt", 4))
    expect(section.get_by_role("row").last).to_contain_text("accuracy")
    section.get_by_role("link", name="checkpoint-4").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("checkpoint-4")
    page.goto(f"{models.uri}/runs/{run_named(models, IRISES, 'evaluation')}")
    expect(section.get_by_role("row").filter(has_text=FIRST)).to_contain_text(texts("run.modelUsed"))
    page.goto(f"{models.uri}/runs/{run_named(models, IRISES, 'of an old client')}")
    expect(section).to_contain_text("sepal length (cm): double")
    section.get_by_role("link", name="model", exact=True).click()
    expect(page.get_by_role("button", name="MLmodel", exact=True)).to_be_visible()


def test_tags_and_the_note_of_a_model_are_changed(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    model = new_model(server, experiment, "m", tags=pairs(stage="draft"))
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    tags = page.get_by_role("list", name=texts("run.tags.title")).first
    tags.get_by_role("button").filter(has_text="draft").click()
    editor = page.get_by_role("dialog", name=re.compile("draft"))
    editor.get_by_role("textbox", name=texts("common.value")).fill("final")
    button(page, texts("common.save")).click()
    tags.get_by_role("button").filter(has_text="final").click()
    assert tags_of(server, model) == {"stage": "final"}
    editor = page.get_by_role("dialog", name=re.compile("final"))
    editor.get_by_role("button", name=texts("common.remove")).click()
    expect(page.get_by_text(texts("run.tags.deleted", "stage"))).to_be_visible()
    assert tags_of(server, model) == {}
    button(page, texts("common.undo")).click()
    expect(tags.get_by_role("button").filter(has_text="final")).to_be_visible()
    button(page, texts("run.note.add")).click()
    page.get_by_role("textbox", name=texts("run.note.label")).fill("It is **good**.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("strong", has_text="good")).to_be_visible()
    assert tags_of(server, model) == {"stage": "final", "mlflow.note.content": "It is **good**."}


@pytest.mark.parametrize("key", ["..", ".", "a/b", "日本", "%2e%2e", "?x#y"])
def test_a_tag_with_an_odd_key_is_deleted_alone_or_not_at_all(
    server: Target, visit: Visits, texts: Texts, key: str
) -> None:
    experiment = server.new_experiment()
    model = new_model(server, experiment, "m", tags=pairs(**{key: "odd"}))
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    tags = page.get_by_role("list", name=texts("run.tags.title")).first
    tags.get_by_role("button").filter(has_text="odd").click()
    button(page, texts("common.remove")).click()
    if key in {".", ".."}:
        # An address that has it is another address.
        expect(page.get_by_role("alert")).to_contain_text(key)
    else:
        expect(tags.get_by_role("button").filter(has_text="odd")).to_have_count(0)
        assert tags_of(server, model) == {}
    assert "lifecycle_stage" not in model_of(server, model)["info"]


def test_a_model_is_deleted_and_restored(server: Target, visit: Visits, texts: Texts, language: str) -> None:
    experiment = server.new_experiment()
    model = new_model(server, experiment, "mistake")
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    button(page, texts("models.actions")).click()
    page.get_by_role("menuitem", name=texts("models.remove")).click()
    expect(page.get_by_role("alert")).to_contain_text(texts("models.deletedTitle"))
    assert model_of(server, model)["info"]["lifecycle_stage"] == "deleted"
    button(page, texts("common.undo")).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "lifecycle_stage" not in model_of(server, model)["info"]
    server.request("DELETE", f"{API}logged-models/{model}").ok()
    expect(page.get_by_role("alert")).to_contain_text(texts("models.deletedTitle"))
    button(page, texts("models.restore")).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "lifecycle_stage" not in model_of(server, model)["info"]


def test_selected_models_are_deleted_and_found_in_the_trash(
    server: Target, visit: Visits, texts: Texts, language: str
) -> None:
    experiment = server.new_experiment()
    for name in ("keep", "drop", "drop-too"):
        new_model(server, experiment, name)
    page = visit(server, f"/experiments/{experiment}/models")
    for name in ("drop", "drop-too"):
        page.get_by_role("checkbox", name=texts("models.select", name), exact=True).check()
    page.get_by_role("toolbar").get_by_role("button", name=texts("common.remove")).click()
    expect(listed(page, texts)).to_have_text(["keep"])
    button(page, texts("common.undo")).click()
    expect(listed(page, texts)).to_have_count(3)
    page.get_by_role("checkbox", name=texts("models.select", "drop"), exact=True).check()
    page.get_by_role("toolbar").get_by_role("button", name=texts("common.remove")).click()
    expect(listed(page, texts)).to_have_text(["drop-too", "keep"])
    page.get_by_role("combobox", name=texts("models.stage")).click()
    page.get_by_role("option", name=texts("runs.stages.deleted")).click()
    expect(listed(page, texts)).to_have_text(["drop"])
    page.get_by_role("checkbox", name=texts("models.select", "drop"), exact=True).check()
    page.get_by_role("toolbar").get_by_role("button", name=texts("common.restore")).click()
    expect(page.get_by_role("heading", name=texts("runs.noDeletedTitle"))).to_be_visible()
    assert len(models_of(server, experiment)) == 3


def test_pages_follow_what_happens_to_models(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment, run_name="training")
    table = visit(server, f"/experiments/{experiment}/models")
    expect(table.get_by_role("heading", name=texts("models.emptyTitle"))).to_be_visible()
    of_run = visit(server, f"/runs/{run}")
    expect(of_run.get_by_role("heading", level=1)).to_be_visible()
    model = new_model(server, experiment, "fresh", source_run_id=run)
    expect(listed(table, texts)).to_have_text(["fresh"])
    expect(of_run.get_by_role("link", name="fresh")).to_be_visible()
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    expect(page.get_by_role("main")).to_contain_text(texts("common.status.LOGGED_MODEL_PENDING"))
    file = 'flavors:\n  python_function:\n    loader_module: x\nsignature:\n  inputs: \'[{"type": "long"}]\'\n'
    server.put_artifact(f"{experiment}/models/{model}/artifacts/MLmodel", file.encode())
    point = {**metric("acc", 0.75), "model_id": model}
    server.post("runs/log-batch", run_id=run, metrics=[point]).ok()
    answer = server.request(
        "PATCH", f"{API}logged-models/{model}", json={"model_id": model, "status": "LOGGED_MODEL_READY"}
    )
    assert answer.ok()["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    expect(page.get_by_role("region", name=texts("models.parts.inputs"), exact=True)).to_contain_text("long")
    expect(page.get_by_role("row").filter(has_text="acc")).to_contain_text("0.75")
    for one in (table, of_run):
        expect(one.get_by_role("row").filter(has_text="fresh")).to_contain_text(
            texts("common.status.LOGGED_MODEL_READY")
        )
        expect(one.get_by_role("row").filter(has_text="fresh")).to_contain_text("0.75")


def test_a_link_with_another_experiment_leads_to_the_models_own(
    models: Target, irises: str, visit: Visits, texts: Texts
) -> None:
    model = model_path(models, IRISES, FIRST).rpartition("/")[2]
    page = visit(models, f"/experiments/0/models/{model}?tab=artifacts&path=MLmodel")
    expect(page).to_have_url(re.compile(rf"/experiments/{irises}/models/{model}\?tab=artifacts&path=MLmodel$"))
    page.goto(f"{models.uri}/#/experiments/{irises}/models/{model}")
    expect(page).to_have_url(re.compile(f"/experiments/{irises}/models/{model}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)


def test_the_palette_opens_a_model_by_its_id(models: Target, visit: Visits, texts: Texts) -> None:
    path = model_path(models, IRISES, FIRST)
    page = visit(models, "/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").locator("input").fill(path.rpartition("/")[2])
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option")).to_have_attribute("data-combobox-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    expect(page).to_have_url(re.compile(path + "$"))


@pytest.mark.parametrize("model", [f"m-{'0' * 32}", "no such model", "%3Cscript%3E", "m-.."])
def test_a_model_that_is_not_there_is_explained(
    models: Target, visit: Visits, texts: Texts, language: str, model: str
) -> None:
    page = visit(models, f"/experiments/0/models/{model}")
    visit.watch.expect("console error: Failed to load resource.* 40[04]")
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("models.unknownTitle"))
    page.get_by_role("link", name=texts("settings.goToExperiments")).click()
    expect(page.get_by_role("link", name=IRISES)).to_be_visible()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("flavors: !!python/object/apply:os.system [x]", id="a tag"),
        pytest.param("flavors: {x: {}}\na: " + "[" * 100_000, id="nested"),
        pytest.param("flavors: {x: {}}\na: &a x\nb: [" + "*a, " * 100_000 + "]", id="aliases"),
        pytest.param("flavors: {x: {}}\na: '" + "x\n  " * 2_500_000 + "'", id="ten megabytes"),
        pytest.param("\x00\x01\x02", id="bytes"),
    ],
)
def test_a_hostile_mlmodel_file_is_said_not_to_be_understood(
    server: Target, visit: Visits, texts: Texts, content: str
) -> None:
    experiment = server.new_experiment()
    model = new_model(server, experiment, "m")
    server.put_artifact(f"{experiment}/models/{model}/artifacts/MLmodel", content.encode())
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    expect(page.get_by_role("main")).to_contain_text(texts("models.unread"))
    button(page, texts("models.openFile")).click()
    expect(page.get_by_role("link", name=texts("artifacts.downloadFile"))).to_be_visible()


def test_an_alias_bomb_is_shown_as_far_as_there_is_room(server: Target, visit: Visits, texts: Texts) -> None:
    letters = "abcdefghij"
    bomb = [
        f"    {one}: &{one} [{', '.join(['*' + letters[i - 1] if i else 'lol'] * 9)}]" for i, one in enumerate(letters)
    ]
    experiment = server.new_experiment()
    model = new_model(server, experiment, "m")
    content = "flavors:\n  x:\n" + "\n".join(bomb) + "\nmetadata: &self {deep: *self}\n"
    server.put_artifact(f"{experiment}/models/{model}/artifacts/MLmodel", content.encode())
    page = visit(server, f"/experiments/{experiment}/models/{model}")
    expect(page.get_by_role("region", name=texts("artifacts.flavors"), exact=True)).to_contain_text("lol")
    expect(page.get_by_role("region", name=texts("models.metadata"), exact=True)).to_contain_text("…")


def test_the_requirements_of_a_model_are_copied(models: Target, visit: Visits, texts: Texts) -> None:
    page = visit(models, model_path(models, IRISES, FIRST), permissions=["clipboard-read", "clipboard-write"])
    button(page, texts("models.requirementsCopy")).click()
    assert "scikit-learn" in copied(page, "scikit").splitlines()
    use = page.get_by_role("region", name=texts("models.use"), exact=True)
    use.get_by_role("tab", name=texts("models.useHttp")).click()
    use.get_by_role("button", name=texts("common.copy")).click()
    body = re.search(r"-d '(.*)'$", copied(page, "curl"))
    assert body is not None
    assert json.loads(body[1])["dataframe_split"]["columns"][0] == "sepal length (cm)"


def test_many_models_are_listed_as_they_are_scrolled_to(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    for number in range(230):
        new_model(server, experiment, f"model-{number:03}")
    page = visit(server, f"/experiments/{experiment}/models?sort=attributes%2Fname+ASC")
    expect(page.get_by_role("link", name="model-000")).to_be_visible()
    expect(page.get_by_role("link", name="model-229")).to_have_count(0)
    last = page.get_by_role("link", name="model-229")
    box = page.get_by_role("table", name=texts("models.title"))
    for _ in range(240):
        box.evaluate("table => { table.parentElement.scrollTop = table.parentElement.scrollHeight; }")
        if last.count():
            break
        page.wait_for_timeout(250)
    expect(last).to_be_visible()
    # Rows out of sight are not there, and those that are lie under each other.
    assert page.get_by_role("row").count() < 150
