"""The model registry: what people do there with a model, from the list of all on, in both languages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.listing import main_link
from tests.browser.registered import (
    ACCURACIES,
    CHURN,
    DATA,
    aliases_of,
    moves_of,
    names_of_models,
    point,
    register_churn,
    rules_of,
    set_rules,
)
from tests.browser.texts import Texts
from tests.databases import NAMES, passing
from tests.faults.server import Target

ON_EACH_DATABASE = pytest.mark.parametrize(
    ("language", "database"),
    [pair for pair in (("en", "sqlite"), ("ja", "postgresql"), ("en", "mariadb")) if pair[1] in NAMES],
    indirect=True,
)
"""Both languages and all databases."""


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of the server's database."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def churn(database: str, tmp_path: Path) -> Iterator[Target]:
    """A server with the registered model."""
    folder = tmp_path / "churn"
    folder.mkdir()
    with passing(database, folder) as uri, Target(folder, database=uri) as running:
        register_churn(running)
        yield running
        running.check()


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def region(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def dialog(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog", name=title, exact=True)


def versions(page: Page, texts: Texts) -> Locator:
    """The rows of the table of versions, the latest first."""
    table = page.get_by_role("table", name=texts("registry.versions"), exact=True)
    return table.get_by_role("row").filter(has=page.get_by_role("rowheader"))


def version_row(page: Page, texts: Texts, version: int) -> Locator:
    link = page.get_by_role("link", name=texts("registry.version", str(version)), exact=True)
    return versions(page, texts).filter(has=link)


def names(page: Page, texts: Texts) -> Locator:
    """The names of the models in the list, in order."""
    return page.get_by_role("table", name=texts("registry.title")).locator("tbody th > a")


def open_churn(server: Target, visit: Visits, texts: Texts) -> Page:
    """From the start page to the model."""
    page = visit(server)
    main_link(page, texts, "common.models").click()
    page.get_by_role("link", name=CHURN, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CHURN)
    return page


def ask_for(page: Page, texts: Texts, alias: str, comment: str = "", name: str = "") -> None:
    """Fills the open dialog that lets an alias point to a version, and sends it."""
    asked = page.get_by_role("dialog")
    box = asked.get_by_role("combobox", name=texts("registry.alias"), exact=True)
    box.fill(alias)
    # What is offered lies over what comes next.
    box.press("Tab")
    if comment:
        asked.get_by_role("textbox", name=texts("registry.comment"), exact=True).fill(comment)
    if name:
        asked.get_by_role("textbox", name=texts("settings.person"), exact=True).fill(name)
    asked.locator("button[type=submit]").click()


# --- the four tasks -----------------------------------------------------------------------------------------------------


@ON_EACH_DATABASE
def test_a_version_is_promoted(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = open_churn(churn, visit, texts)
    page.get_by_role("link", name=texts("registry.version", "2"), exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{CHURN} {texts('registry.version', '2')}")
    button(page, texts("registry.promote")).click()
    expect(dialog(page, texts("registry.promoteTitle", "2"))).to_be_visible()
    ask_for(page, texts, "champion", "better on 新しい顧客", "花子")
    expect(page.get_by_text(texts("registry.aliasMoved", "champion", "2"))).to_be_visible()
    expect(page.get_by_role("list", name=texts("registry.aliases"))).to_have_text("champion")
    assert aliases_of(churn) == {"champion": "2"}
    (move,) = moves_of(churn)
    assert (move["user_id"], move["comment"], move["after"]) == ("花子", "better on 新しい顧客", "2")
    # The stage, too.
    button(page, texts("registry.promote")).click()
    asked = page.get_by_role("dialog")
    asked.get_by_text(texts("registry.stage"), exact=True).first.click()
    asked.get_by_role("checkbox").check()
    asked.locator("button[type=submit]").click()
    expect(page.get_by_text(texts("registry.stageMoved", "2", texts("registry.stages.Production")))).to_be_visible()
    assert churn.version(CHURN, "2")["current_stage"] == "Production"
    # It is in the history of the model.
    page.get_by_role("link", name=CHURN, exact=True).click()
    page.get_by_role("tab", name=texts("registry.modelTabs.history")).click()
    rows = page.get_by_role("table", name=texts("registry.modelTabs.history")).get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("better on 新しい顧客")
    expect(rows.nth(2)).to_contain_text("花子")


@ON_EACH_DATABASE
def test_versions_are_compared(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = open_churn(churn, visit, texts)
    compare = button(page, texts("registry.compare"))
    expect(compare).to_be_disabled()
    for version in (1, 2):
        version_row(page, texts, version).get_by_role("checkbox").check()
    button(page, texts("registry.compareMany", 2)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("registry.compareTitle", CHURN, 2))
    table = page.get_by_role("table")

    def row(key: str) -> Locator:
        return table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=key, exact=True))

    def cells(key: str) -> list[str]:
        expect(row(key)).to_be_visible()
        return [text.strip() for text in row(key).get_by_role("cell").all_inner_texts()]

    accuracies = cells("accuracy")
    assert [float(re.findall(r"[\d.]+", text)[0]) for text in accuracies] == [ACCURACIES[0], ACCURACIES[1]]
    assert texts("compare.best") in accuracies[1]
    assert cells("depth") == ["1", "2"]
    assert cells("inputs.visits") == ["–", "double"]
    assert cells("scikit-learn") == ["==1.1.0", "==1.2.0"]
    digests = cells("model.pkl")
    assert all(re.fullmatch("[0-9a-f]{12}", text) for text in digests)
    assert digests[0] != digests[1]
    # What is the same is not in the way, and is one click away.
    for key in ("kind", "numpy", "notes.txt", "inputs.age"):
        expect(row(key)).to_have_count(0)
    page.get_by_role("switch", name=texts("compare.differing")).click()
    for key in ("kind", "numpy", "notes.txt", "inputs.age"):
        expect(row(key)).to_have_count(1)
    # Another browser sees the same by the address.
    again = visit(churn, page.url.removeprefix(churn.uri))
    expect(again.get_by_role("rowheader", name="numpy", exact=True)).to_be_visible()


@ON_EACH_DATABASE
def test_an_alias_is_rolled_back(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    point(churn, "champion", 1)
    point(churn, "champion", 3)
    page = open_churn(churn, visit, texts)
    aliases = region(page, texts("registry.aliases"))
    expect(aliases.get_by_role("link")).to_have_text(texts("registry.version", "3"))
    back = texts("registry.rollBackTitle", "champion")
    button(aliases, back).click()
    asked = dialog(page, back)
    expect(asked).to_contain_text(texts("registry.version", "1"))
    asked.get_by_role("textbox", name=texts("registry.comment"), exact=True).fill("3 is slow")
    asked.locator("button[type=submit]").click()
    expect(aliases.get_by_role("link")).to_have_text(texts("registry.version", "1"))
    assert aliases_of(churn) == {"champion": "1"}
    assert moves_of(churn)[0]["comment"] == "3 is slow"
    # A second one, from the history, undoes the first.
    page.get_by_role("tab", name=texts("registry.modelTabs.history")).click()
    button(page, back).click()
    dialog(page, back).locator("button[type=submit]").click()
    expect(page.get_by_text(texts("registry.aliasMoved", "champion", "3"))).to_be_visible()
    assert aliases_of(churn) == {"champion": "3"}


@ON_EACH_DATABASE
def test_which_data_a_model_in_production_saw(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    point(churn, "production", 2)
    page = visit(churn, "/models")
    page.get_by_role("list", name=texts("registry.aliases")).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{CHURN} {texts('registry.version', '2')}")
    data = region(page, texts("registry.data"))
    expect(data).to_contain_text(f"{DATA} (training)")
    expect(data).to_contain_text("digest2")
    page.get_by_role("tab", name=texts("registry.versionTabs.lineage")).click()
    picture = region(page, texts("registry.versionTabs.lineage"))
    expect(picture.get_by_role("listitem")).to_have_count(4)
    kinds = [texts(f"registry.nodeKinds.{kind}") for kind in ("dataset", "run", "model_version", "alias")]
    for item, kind in zip(picture.get_by_role("listitem").all(), kinds, strict=True):
        expect(item).to_contain_text(kind)
    boxes = [box for item in picture.get_by_role("listitem").all() if (box := item.bounding_box())]
    assert [box["x"] for box in boxes] == sorted({box["x"] for box in boxes})
    # And which runs have seen this data.
    picture.get_by_role("link", name=DATA, exact=True).click()
    expect(page.get_by_role("link", name="forest 2", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="forest 1", exact=True)).to_have_count(0)


# --- what a model asks for ------------------------------------------------------------------------------------------------


def test_somebody_else_approves(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    set_rules(churn, approved_aliases=["champion"])
    page = open_churn(churn, visit, texts)
    version_row(page, texts, 2).get_by_role("button").click()
    page.get_by_role("menuitem", name=texts("registry.promote")).click()
    ask_for(page, texts, "champion", name="花子")
    expect(page.get_by_text(texts("registry.waits"))).to_be_visible()
    assert aliases_of(churn) == {}
    waiting = page.get_by_role("alert").filter(has_text=texts("registry.waiting"))
    expect(waiting).to_contain_text(texts("registry.askedBy", "花子"))
    # Whoever asked can only take it back.
    expect(button(waiting, texts("registry.decisions.withdraw"))).to_be_visible()
    expect(button(waiting, texts("registry.decisions.approve"))).to_have_count(0)
    other = visit(churn, f"/models/{CHURN}")
    asks = other.get_by_role("alert").filter(has_text=texts("registry.waiting"))
    button(asks, texts("registry.decisions.approve")).click()
    asked = dialog(other, texts("registry.decisionTitles.approve"))
    # Nobody without a name approves.
    visit.watch.expect("console error: Failed to load resource.* 403")
    asked.locator("button[type=submit]").click()
    expect(asked.get_by_role("alert")).to_contain_text("somebody else")
    asked.get_by_role("textbox", name=texts("settings.person"), exact=True).fill("太郎")
    asked.locator("button[type=submit]").click()
    expect(other.get_by_text(texts("registry.decided.DONE"))).to_be_visible()
    expect(asks).to_have_count(0)
    # The one who asked sees it without a reload.
    expect(waiting).to_have_count(0)
    expect(version_row(page, texts, 2).get_by_role("list", name=texts("registry.aliases"))).to_have_text("champion")
    assert aliases_of(churn) == {"champion": "2"}
    assert moves_of(churn)[0]["decided_by"] == "太郎"


def test_a_move_is_refused_and_another_withdrawn(churn: Target, visit: Visits, texts: Texts) -> None:
    set_rules(churn, approved_aliases=["champion"])
    point(churn, "champion", 1, "ann")
    page = visit(churn, f"/models/{CHURN}")
    waiting = page.get_by_role("alert").filter(has_text=texts("registry.waiting"))
    for decision, name, status in (("refuse", "bob", "REFUSED"), ("withdraw", "bob", "WITHDRAWN")):
        button(waiting, texts(f"registry.decisions.{decision}")).click()
        asked = dialog(page, texts(f"registry.decisionTitles.{decision}"))
        asked.get_by_role("textbox", name=texts("settings.person"), exact=True).fill(name)
        asked.locator("button[type=submit]").click()
        expect(waiting).to_have_count(0)
        assert moves_of(churn)[0]["status"] == status
        if decision == "refuse":
            point(churn, "champion", 2, "bob")
            expect(waiting).to_have_count(1)


def test_a_check_refuses_and_says_why(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    set_rules(churn, checks=[{"target": "champion", "filter": "metrics.accuracy > 0.9"}])
    page = visit(churn, f"/models/{CHURN}/versions/1")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("p")
    ask_for(page, texts, "champion")
    asked = dialog(page, texts("registry.promoteTitle", "1"))
    expect(asked).to_contain_text(texts("registry.asksFor"))
    expect(asked).to_contain_text(texts("registry.refusedText"))
    verdicts = asked.get_by_role("list", name=texts("registry.checks"))
    expect(verdicts).to_contain_text("metrics.accuracy is 0.82")
    expect(verdicts).to_contain_text(texts("registry.failed"))
    page.keyboard.press("Escape")
    page.goto(f"{churn.uri}/models/{CHURN}?tab=history")
    row = page.get_by_role("table", name=texts("registry.modelTabs.history")).get_by_role("row").nth(1)
    expect(row).to_contain_text(texts("registry.moveStatus.REFUSED"))
    expect(row).to_contain_text("metrics.accuracy is 0.82")


def test_rules_are_written(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(churn, f"/models/{CHURN}?tab=rules")
    save = button(page, texts("common.save"))
    expect(save).to_be_disabled()
    for field, alias in (("protectedAliases", "champion"), ("approvedAliases", "challenger")):
        box = page.get_by_role("combobox", name=texts(f"registry.{field}"), exact=True)
        box.fill(alias)
        box.press("Enter")
        box.press("Tab")
    button(page, texts("registry.addCheck")).click()
    check = page.get_by_role("group", name=texts("registry.checkNumber", 1), exact=True)
    check.get_by_role("textbox", name=texts("registry.checkTarget"), exact=True).fill("champion")
    condition = check.get_by_role("textbox", name=texts("registry.condition"), exact=True)
    condition.fill("metrics.accuracy >")
    visit.watch.expect("console error: Failed to load resource.* 400")
    save.click()
    expect(page.locator("form").get_by_role("alert")).to_be_visible()
    condition.fill("metrics.accuracy > 0.9")
    save.click()
    expect(page.get_by_text(texts("registry.rulesSaved"))).to_be_visible()
    expect(save).to_be_disabled()
    assert rules_of(churn) == {
        "protected_aliases": ["champion"],
        "approved_aliases": ["challenger"],
        "approved_stages": [],
        "checks": [{"target": "champion", "filter": "metrics.accuracy > 0.9"}],
    }
    # Somebody else's change comes by itself.
    set_rules(churn, protected_aliases=["live"])
    expect(page.get_by_text("live", exact=True).first).to_be_visible()
    expect(check).to_have_count(0)


# --- the list, the model, the version ---------------------------------------------------------------------------------------


def test_models_are_found_and_sorted(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    for name, team in (("forecast", "sales"), ("Ölpreis 予測", "sales")):
        churn.post("registered-models/create", name=name, tags=[{"key": "team", "value": team}]).ok()
    page = visit(churn, "/models")
    expect(names(page, texts)).to_have_count(3)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=CHURN, exact=True))
    for text in ("Who leaves soon.", "crm", texts("registry.version", "3")):
        expect(row).to_contain_text(text)
    button(page, texts("models.sortBy", texts("registry.columns.name"))).click()
    expect(names(page, texts)).to_have_text([CHURN, "forecast", "Ölpreis 予測"])
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    box.fill("予測")
    expect(names(page, texts)).to_have_text(["Ölpreis 予測"])
    box.fill("tags.team = 'sales' AND name LIKE 'f%'")
    expect(names(page, texts)).to_have_text(["forecast"])
    box.fill("tags.te")
    page.get_by_role("option", name="tags.team").click()
    box.press_sequentially("= ")
    page.get_by_role("option", name="'sales'").click()
    expect(names(page, texts)).to_have_text(["forecast", "Ölpreis 予測"])
    box.fill("metrics.a > 1")
    visit.watch.expect("console error: Failed to load resource.* 400")
    expect(page.get_by_role("alert", name=texts("runs.filterError"))).to_be_visible()
    box.fill("nothing of this name")
    expect(page.get_by_role("heading", name=texts("models.noMatchTitle"))).to_be_visible()


def test_a_model_is_made_described_renamed_and_deleted(
    server: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = visit(server, "/models")
    expect(page.get_by_role("heading", name=texts("registry.emptyTitle"))).to_be_visible()
    page.keyboard.press("c")
    asked = dialog(page, texts("registry.newModel"))
    asked.get_by_role("textbox", name=texts("common.name"), exact=True).fill("a/b")
    # Of what was renamed or deleted, a page that follows it may still ask.
    visit.watch.expect("console error: Failed to load resource.* 40[04]")
    asked.locator("button[type=submit]").click()
    expect(asked.get_by_role("alert")).to_contain_text("cannot contain '/'")
    asked.get_by_role("textbox", name=texts("common.name"), exact=True).fill("需要 100%")
    asked.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("需要 100%")
    # Of a name with a sign that addresses have, too.
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("需要 100%")
    button(page, texts("run.note.add")).click()
    page.get_by_role("textbox", name=texts("run.note.label")).fill("For **planning**")
    button(page, texts("common.save")).click()
    expect(page.get_by_role("strong")).to_have_text("planning")
    assert server.registered_model("需要 100%")["description"] == "For **planning**"
    button(page, texts("models.actions")).click()
    page.get_by_role("menuitem", name=texts("registry.rename")).click()
    asked = dialog(page, texts("registry.rename"))
    asked.get_by_role("textbox", name=texts("common.name"), exact=True).fill("demand")
    asked.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("demand")
    expect(page).to_have_url(f"{server.uri}/models/demand")
    button(page, texts("models.actions")).click()
    page.get_by_role("menuitem", name=texts("registry.removeModel")).click()
    asked = dialog(page, texts("registry.removeModelTitle", "demand"))
    expect(asked.locator("button[type=submit]")).to_be_disabled()
    asked.get_by_role("textbox", name=texts("registry.typeName")).fill("demand")
    asked.locator("button[type=submit]").click()
    expect(page).to_have_url(f"{server.uri}/models")
    assert names_of_models(server) == []
    server.check()


def test_a_version_says_what_it_is(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    point(churn, "champion", 2)
    page = visit(churn, f"/models/{CHURN}/versions/2")
    expect(page).to_have_title(f"{CHURN} {texts('registry.version', '2')} · kiseki")
    expect(region(page, texts("registry.runMetrics")).get_by_role("row").filter(has_text="accuracy")).to_contain_text(
        "0.91"
    )
    expect(region(page, texts("models.parts.inputs")).get_by_role("row")).to_have_count(3)
    expect(region(page, texts("models.requirements"))).to_contain_text("scikit-learn==1.2.0")
    expect(region(page, texts("artifacts.flavors"))).to_contain_text("sklearn_version")
    files = region(page, texts("registry.files"))
    expect(files.get_by_role("row")).to_have_count(5)
    expect(files.get_by_role("row").filter(has_text="model.pkl")).to_contain_text(re.compile("[0-9a-f]{12}"))
    use = region(page, texts("models.use"))
    for client in ("kiseki", "MLflow"):
        use.get_by_role("tab", name=client).click()
        expect(use).to_contain_text(f'{client.lower()}.pyfunc.load_model("models:/{CHURN}/2")')
    use.get_by_role("tab", name=texts("registry.docker")).click()
    expect(use).to_contain_text(f"kiseki models build-docker -m models:/{CHURN}/2 -n {CHURN}:2")
    use.get_by_role("tab", name=texts("models.useHttp")).click()
    expect(use).to_contain_text("curl http://127.0.0.1:5001/invocations")
    region(page, texts("run.details")).get_by_role("link", name="forest 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("forest 2")


def test_code_for_an_alias(churn: Target, visit: Visits, texts: Texts) -> None:
    point(churn, "champion", 2)
    page = visit(churn, f"/models/{CHURN}/versions/2")
    use = region(page, texts("models.use"))
    use.get_by_role("combobox", name=texts("registry.useBy")).click()
    page.get_by_role("option", name=f"models:/{CHURN}@champion").click()
    expect(use).to_contain_text(f'load_model("models:/{CHURN}@champion")')


def test_files_of_a_version_are_shown_and_downloaded(churn: Target, visit: Visits, texts: Texts) -> None:
    page = visit(churn, f"/models/{CHURN}/versions/3")
    region(page, texts("registry.files")).get_by_role("button", name="requirements.txt", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("scikit-learn==1.3.0")
    with page.expect_download() as one:
        page.get_by_role("link", name=texts("artifacts.downloadFile")).click()
    assert one.value.suggested_filename == "requirements.txt"
    with page.expect_download() as everything:
        page.get_by_role("link", name=texts("artifacts.downloadAll")).click()
    assert everything.value.suggested_filename == f"{CHURN}-3.zip"
    with zipfile.ZipFile(io.BytesIO(everything.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        assert archive.read("model.pkl") == b"model 3"


def test_a_version_in_use_is_not_deleted(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    point(churn, "champion", 2)
    page = visit(churn, f"/models/{CHURN}")
    row = version_row(page, texts, 2)
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name=texts("registry.removeVersion")).click()
    asked = dialog(page, texts("registry.removeVersionTitle", "2"))
    expect(asked.get_by_role("alert")).to_have_text(texts("registry.removeVersionPointed", "champion"))
    expect(asked.locator("button[type=submit]")).to_be_disabled()
    button(asked, texts("common.cancel")).click()
    version_row(page, texts, 1).get_by_role("button").click()
    page.get_by_role("menuitem", name=texts("registry.removeVersion")).click()
    dialog(page, texts("registry.removeVersionTitle", "1")).locator("button[type=submit]").click()
    expect(versions(page, texts)).to_have_count(2)
    # A model is, after it was said.
    button(page, texts("models.actions")).click()
    page.get_by_role("menuitem", name=texts("registry.removeModel")).click()
    asked = dialog(page, texts("registry.removeModelTitle", CHURN))
    expect(asked.get_by_role("alert")).to_have_text(texts("registry.removeModelPointed", "champion"))


def test_a_logged_model_is_registered(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    experiment = churn.new_experiment()
    run = churn.new_run(experiment, run_name="forest 4")
    model = churn.new_model(experiment, name="forest", source_run_id=run)
    churn.patch(f"logged-models/{model}", model_id=model, status="LOGGED_MODEL_READY").ok()
    page = visit(churn, f"/experiments/{experiment}/models/{model}")
    button(page, texts("registry.register")).click()
    asked = dialog(page, texts("registry.registerTitle"))
    box = asked.get_by_role("combobox", name=texts("registry.registerAs"), exact=True)
    box.fill("chu")
    page.get_by_role("option", name=CHURN, exact=True).click()
    asked.get_by_role("textbox", name=texts("registry.descriptionOptional")).fill("deeper")
    asked.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{CHURN} {texts('registry.version', '4')}")
    made = churn.version(CHURN, "4")
    assert (made["model_id"], made["run_id"], made["description"]) == (model, run, "deeper")
    # The run offers it, too, and a name that nothing has yet makes a registered model.
    page.goto(f"{churn.uri}/runs/{run}")
    button(page, texts("registry.registerOne", "forest")).click()
    asked = dialog(page, texts("registry.registerTitle"))
    asked.get_by_role("combobox", name=texts("registry.registerAs"), exact=True).fill("森")
    asked.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"森 {texts('registry.version', '1')}")
    assert churn.version("森", "1")["model_id"] == model
    page.goto(f"{churn.uri}/experiments/{experiment}/models/{model}")
    details = region(page, texts("run.details"))
    for name, version in ((CHURN, "4"), ("森", "1")):
        expect(details.get_by_role("link", name=f"{name} {texts('registry.version', version)}")).to_be_visible()


def test_a_folder_of_a_run_is_registered(churn: Target, visit: Visits, texts: Texts) -> None:
    """What was logged by a client that knows no logged models."""
    run = churn.version(CHURN, "2")["run_id"]
    history = json.dumps([{"artifact_path": "model", "flavors": {"sklearn": {}}, "model_uuid": "0" * 32}])
    churn.post("runs/set-tag", run_id=run, key="mlflow.log-model.history", value=history).ok()
    page = visit(churn, f"/runs/{run}")
    button(page, texts("registry.registerOne", "model")).click()
    asked = dialog(page, texts("registry.registerTitle"))
    asked.get_by_role("combobox", name=texts("registry.registerAs"), exact=True).fill(CHURN)
    asked.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{CHURN} {texts('registry.version', '4')}")
    made = churn.version(CHURN, "4")
    assert (made["source"], made["run_id"]) == (f"runs:/{run}/model", run)


def test_a_version_without_files_here(churn: Target, visit: Visits, texts: Texts) -> None:
    churn.new_version(CHURN)
    page = visit(churn, f"/models/{CHURN}/versions/4")
    visit.watch.expect("console error: Failed to load resource.* 40[034]")
    expect(page.get_by_text(texts("registry.filesUnknown"))).to_be_visible()
    expect(page.get_by_text(texts("registry.filesElsewhere"))).to_be_visible()
    expect(region(page, texts("run.details"))).to_contain_text("s3://bucket/model")


def test_metrics_of_versions_are_chosen(churn: Target, visit: Visits, texts: Texts) -> None:
    page = visit(churn, f"/models/{CHURN}")
    expect(version_row(page, texts, 2)).to_contain_text("0.91")
    button(page, texts("runs.columns")).click()
    page.get_by_role("dialog").get_by_role("checkbox", name="accuracy").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="accuracy", exact=True)).to_have_count(0)
    again = visit(churn, page.url.removeprefix(churn.uri))
    expect(again.get_by_role("columnheader", name="loss", exact=True)).to_be_visible()
    expect(again.get_by_role("columnheader", name="accuracy", exact=True)).to_have_count(0)


def test_what_others_do_comes_by_itself(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(churn, f"/models/{CHURN}")
    every = visit(churn, "/models")
    expect(versions(page, texts)).to_have_count(3)
    expect(names(every, texts)).to_have_text([CHURN])
    for one in (page, every):
        one.evaluate("window.notReloaded = true")
    churn.new_version(CHURN)
    point(churn, "champion", 4)
    expect(versions(page, texts)).to_have_count(4)
    expect(version_row(page, texts, 4).get_by_role("list", name=texts("registry.aliases"))).to_have_text("champion")
    expect(every.get_by_role("list", name=texts("registry.aliases"))).to_contain_text("champion")
    churn.post("registered-models/create", name="forecast").ok()
    expect(names(every, texts)).to_have_count(2)
    for one in (page, every):
        assert one.evaluate("window.notReloaded")


def test_ways_to_a_model(churn: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = visit(churn, "/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").locator("input").fill("chur")
    page.get_by_role("option", name=CHURN, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CHURN)
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile(r"\?tab=history$"))
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(f"{churn.uri}/models")
    page.goto(f"{churn.uri}/#/models/{CHURN}/versions/2")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{CHURN} {texts('registry.version', '2')}")
    for path, title in (("/models/nobody", "unknownModel"), (f"/models/{CHURN}/versions/99", "unknownVersion")):
        page.goto(churn.uri + path)
        visit.watch.expect("console error: Failed to load resource.* 404")
        expect(page.get_by_role("heading", level=1)).to_have_text(texts(f"registry.{title}"))
