"""Every page, in the states that it has: what is looked at, photographed and checked for access."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from tests.browser.listing import experiment_of, model_path, run_named
from tests.browser.places import DIGITS, FLOWERS, IRISES
from tests.browser.texts import Texts
from tests.faults.server import Target

Do = Callable[[Page, Texts], None]

NOWHERE: Final = "/nowhere"
"""An address that no page has."""

_GO = """(path) => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
}"""


def follow(page: Page, path: str) -> None:
    """Has the UI show the page of an address without loading anything anew: that costs most of a page."""
    page.evaluate(_GO, path)


def go(page: Page, path: str, texts: Texts) -> None:
    """Has the UI leave the page that it shows, and show another, without loading anything anew."""
    nowhere = page.get_by_text(texts("common.notFoundTitle"))
    follow(page, NOWHERE)
    expect(nowhere).to_be_visible()
    follow(page, path)
    expect(nowhere).to_have_count(0)


def _nothing(page: Page, texts: Texts) -> None:
    pass


@dataclasses.dataclass(frozen=True)
class Shown:
    """A page in a state: where it is, what shows that it is there, and what is done to it then."""

    name: str
    path: Callable[[Target], str]
    ready: Callable[[Page, Texts], Locator]
    then: Do = _nothing
    server: str = "demo"

    @property
    def is_touched(self) -> bool:
        """Whether something is done to it: dialogs and selections are not the next page's."""
        return self.then is not _nothing

    def open(self, page: Page, server: Target, texts: Texts) -> None:
        """Opens it and waits until it is there."""
        page.goto(server.uri + self.path(server))
        self.wait(page, texts)

    def wait(self, page: Page, texts: Texts) -> None:
        """Waits until it is there, and does what is done then."""
        expect(self.ready(page, texts).first).to_be_visible()
        self.then(page, texts)
        expect(page.get_by_role("progressbar")).to_have_count(0)
        expect(page.get_by_role("status", name=texts("common.loading"), exact=True)).to_have_count(0)


def _runs(server: Target, *names: str) -> list[str]:
    return [run_named(server, DIGITS, name) for name in names]


def _digits(search: str = "") -> Callable[[Target], str]:
    return lambda server: f"/experiments/{experiment_of(server, DIGITS)}{search}"


def _run(search: str = "") -> Callable[[Target], str]:
    return lambda server: f"/runs/{_runs(server, 'sgd alpha=0.001')[0]}{search}"


def _models(search: str = "") -> Callable[[Target], str]:
    return lambda server: f"/experiments/{experiment_of(server, IRISES)}/models{search}"


def _model(name: str, search: str = "") -> Callable[[Target], str]:
    return lambda server: model_path(server, IRISES, name) + search


def _registered(search: str = "") -> Callable[[Target], str]:
    return lambda _: f"/models/{quote(FLOWERS)}{search}"


def _versions(page: Page, texts: Texts) -> Locator:
    """The rows of the versions, once what their runs measured is there."""
    table = page.get_by_role("table", name=texts("registry.versions"), exact=True)
    return table.filter(has=page.get_by_role("columnheader", name="log_loss", exact=True)).get_by_role("row")


def _waiting(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("alert").filter(has_text=texts("registry.waiting"))


def _move(page: Page, texts: Texts) -> None:
    page.get_by_role("button", name=texts("registry.promote"), exact=True).click()
    box = page.get_by_role("combobox", name=texts("registry.alias"), exact=True)
    box.fill("champion")
    box.press("Tab")
    expect(page.get_by_text(texts("registry.asksApproval"))).to_be_visible()


def _new_registered(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("dialog", name=texts("registry.newModel"))


def _decide(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("dialog", name=texts("registry.decisionTitles.approve"))


def _register(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("dialog", name=texts("registry.registerTitle"))


def _delete_registered(page: Page, texts: Texts) -> None:
    page.get_by_role("button", name=texts("models.actions"), exact=True).click()
    page.get_by_role("menuitem", name=texts("registry.removeModel")).click()
    dialog = page.get_by_role("dialog", name=texts("registry.removeModelTitle", FLOWERS))
    expect(dialog.get_by_role("alert")).to_contain_text("champion")


def _roll_back(page: Page, texts: Texts) -> None:
    title = texts("registry.rollBackTitle", "champion")
    page.get_by_role("button", name=title, exact=True).click()
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog.get_by_text(texts("registry.version", "2"))).to_be_visible()


def _picture(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("region", name=texts("registry.versionTabs.lineage"), exact=True).get_by_role("listitem")


def _compared_versions(search: str) -> Callable[[Target], str]:
    return _registered("/compare?versions=" + quote('["1","2","3"]') + search)


def _select_models(page: Page, texts: Texts) -> None:
    for name in ("logistic-1_0", "logistic-0_1"):
        page.get_by_role("checkbox", name=texts("models.select", name), exact=True).check()


def _compare(search: str = "") -> Callable[[Target], str]:
    def path(server: Target) -> str:
        runs = _runs(server, "sgd alpha=0.001", "mlp 16 rate=0.01", "mlp 64 rate=0.01")
        return "/compare?runs=" + quote("[" + ",".join(f'"{run}"' for run in runs) + "]") + search

    return path


def _drawn(page: Page, texts: Texts) -> Locator:
    return page.locator("[data-drawn]")


def _plot(page: Page, texts: Texts) -> Locator:
    return page.locator("main svg[data-plot], main canvas")


def _select_two(page: Page, texts: Texts) -> None:
    for name in ("sgd alpha=0.001", "mlp 16 rate=0.01"):
        page.get_by_role("checkbox", name=texts("runs.select", name), exact=True).check()


def _press(button: str, opens: Callable[[Page, Texts], Locator]) -> Do:
    def press(page: Page, texts: Texts) -> None:
        page.get_by_role("button", name=texts(button), exact=True).first.click()
        expect(opens(page, texts)).to_be_visible()

    return press


def _palette(page: Page, texts: Texts) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name=DIGITS)).to_be_visible()


def _keys(page: Page, texts: Texts) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=texts("settings.keys"))).to_be_visible()


def _row(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("link", name="sgd alpha=0.001")


def _text(path: str) -> Callable[[Page, Texts], Locator]:
    return lambda page, texts: page.get_by_text(texts(path))


def _compared(page: Page, texts: Texts) -> None:
    expect(page.get_by_role("switch")).to_be_enabled()


def _three_images(page: Page, texts: Texts) -> None:
    images = page.get_by_role("region").get_by_role("img")
    expect(images).to_have_count(3)
    for image in images.all():
        expect(image).to_have_js_property("complete", True)


def _three_tables(page: Page, texts: Texts) -> None:
    expect(page.get_by_text("probability", exact=True)).to_have_count(3)


def _create_dialog(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("dialog", name=texts("experiments.createTitle"))


def _named(name: str) -> Callable[[Page, Texts], Locator]:
    return lambda page, texts: page.get_by_role("link", name=name, exact=True)


def _code(page: Page, texts: Texts) -> Locator:
    return page.get_by_text("load_model")


def _columns(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("textbox", name=texts("runs.columnsSearch"))


def _table(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("main").get_by_role("table")


def _link(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("link", name=DIGITS)


def _heading(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("heading", level=1)


PAGES = (
    Shown("experiments", lambda _: "/experiments", _link),
    Shown("experiments-new", lambda _: "/experiments", _link, _press("experiments.newExperiment", _create_dialog)),
    Shown("experiments-deleted", lambda _: "/experiments?stage=deleted", _text("experiments.noDeletedTitle")),
    Shown("experiments-none-found", lambda _: "/experiments?text=zzz", _text("experiments.noMatchTitle")),
    Shown("experiments-first", lambda _: "/experiments", _text("experiments.firstTitle"), server="empty"),
    Shown("palette", lambda _: "/experiments", _link, _palette),
    Shown("keys", _digits(), _row, _keys),
    Shown("runs", _digits(), _row),
    Shown("runs-selected", _digits(), _row, _select_two),
    Shown("runs-sorted", _digits("?sort=metrics.validation_accuracy+DESC"), _row),
    Shown("runs-columns", _digits(), _row, _press("runs.columns", _columns)),
    Shown("runs-views", _digits(), _row, _press("runs.views", _text("runs.viewsNone"))),
    Shown("runs-grouped", _digits("?group=tags.model"), _row),
    Shown(
        "runs-filter-error",
        _digits("?q=metrics.a+%3E+1+AND+params.b+%3C+'x'"),
        lambda page, t: page.get_by_role("alert"),
    ),
    Shown("runs-none-match", _digits("?q=zzz"), _text("runs.noMatchTitle")),
    Shown("runs-empty", lambda _: "/experiments/0", _text("runs.emptyTitle")),
    Shown("charts", _digits("?tab=charts"), _drawn),
    Shown("charts-smoothed", _digits("?tab=charts&smooth=0.8&logy=true"), _drawn),
    Shown("charts-grouped", _digits("?tab=charts&group=tags.model"), _drawn),
    Shown("charts-full", _digits("?tab=charts&full=validation_loss"), _drawn),
    Shown("parallel", _digits("?tab=parallel"), _plot),
    Shown("scatter", _digits("?tab=scatter"), _plot),
    Shown("importance", _digits("?tab=importance"), _table),
    Shown("runs-tree", _digits("?tab=tree"), _text("reproducibility.noTreeTitle")),
    Shown("run", _run(), _heading),
    Shown("run-charts", _run("?tab=charts"), _drawn),
    Shown("run-system", _run("?tab=system"), _text("run.noSystemTitle")),
    Shown("run-artifacts", _run("?tab=artifacts"), lambda page, t: page.get_by_role("tree")),
    Shown(
        "run-image",
        _run("?tab=artifacts&path=confusion_matrix.png"),
        lambda page, t: page.get_by_role("img", name="confusion_matrix.png"),
    ),
    Shown("run-table", _run("?tab=artifacts&path=mistakes.json"), lambda page, t: page.get_by_text("probability")),
    Shown("run-reproducibility", _run("?tab=reproducibility"), _text("reproducibility.packages")),
    Shown("run-family", _run("?tab=family"), _text("reproducibility.aloneTitle")),
    Shown("run-unknown", lambda _: f"/runs/{'0' * 32}", _text("run.unknownTitle")),
    Shown(
        "run-models",
        lambda server: f"/runs/{run_named(server, IRISES, 'checkpoints')}",
        _named("checkpoint-4"),
        server="models",
    ),
    Shown(
        "run-model-used",
        lambda server: f"/runs/{run_named(server, IRISES, 'evaluation')}",
        _named("logistic-1_0"),
        server="models",
    ),
    Shown(
        "run-model-files",
        lambda server: f"/runs/{run_named(server, IRISES, 'of an old client')}",
        _named("model"),
        server="models",
    ),
    Shown("models", _models(), _named("pixels"), server="models"),
    Shown("models-selected", _models(), _named("pixels"), _select_models, server="models"),
    Shown("models-sorted", _models("?sort=metrics%2Faccuracy+DESC"), _named("checkpoint-4"), server="models"),
    Shown("models-columns", _models(), _named("pixels"), _press("runs.columns", _columns), server="models"),
    Shown("models-trash", _models("?stage=deleted"), _named("forgotten"), server="models"),
    Shown("models-none-match", _models("?q=zzz"), _text("models.noMatchTitle"), server="models"),
    Shown(
        "models-filter-error",
        _models("?q=metrics.a+%3E+'x'"),
        lambda page, t: page.get_by_role("alert"),
        server="models",
    ),
    Shown("models-empty", lambda _: "/experiments/0/models", _text("models.emptyTitle"), server="models"),
    Shown("model", _model("logistic-1_0"), _code, server="models"),
    Shown("model-register", _model("logistic-1_0"), _code, _press("registry.register", _register), server="models"),
    Shown("model-tensors", _model("pixels"), _code, server="models"),
    Shown("model-external", _model("hosted-elsewhere"), _text("models.noFileElsewhere"), server="models"),
    Shown("model-pending", _model("still-training"), _text("models.noFile"), server="models"),
    Shown("model-failed", _model("interrupted"), _text("models.noFile"), server="models"),
    Shown("model-deleted", _model("forgotten"), _text("models.deletedTitle"), server="models"),
    Shown(
        "model-files",
        _model("logistic-1_0", "?tab=artifacts&path=MLmodel"),
        lambda page, t: page.get_by_role("columnheader", name=t("artifacts.type")),
        server="models",
    ),
    Shown(
        "model-unknown", lambda _: f"/experiments/0/models/m-{'0' * 32}", _text("models.unknownTitle"), server="models"
    ),
    Shown("registered-models", lambda _: "/models", _named(FLOWERS), server="models"),
    Shown(
        "registered-models-new",
        lambda _: "/models",
        _named(FLOWERS),
        _press("registry.newModel", _new_registered),
        server="models",
    ),
    Shown("registered-models-none-match", lambda _: "/models?q=zzz", _text("models.noMatchTitle"), server="models"),
    Shown(
        "registered-models-filter-error",
        lambda _: "/models?q=metrics.a+%3E+1",
        lambda page, t: page.get_by_role("alert"),
        server="models",
    ),
    Shown("registered-models-empty", lambda _: "/models", _text("registry.emptyTitle"), server="empty"),
    Shown("registered-model", _registered(), _versions, server="models"),
    Shown("registered-model-move", _registered(), _versions, _move, server="models"),
    Shown(
        "registered-model-decide",
        _registered(),
        _waiting,
        _press("registry.decisions.approve", _decide),
        server="models",
    ),
    Shown("registered-model-roll-back", _registered(), _versions, _roll_back, server="models"),
    Shown("registered-model-delete", _registered(), _versions, _delete_registered, server="models"),
    Shown("registered-model-history", _registered("?tab=history"), _table, server="models"),
    Shown("registered-model-rules", _registered("?tab=rules"), _text("registry.rulesText"), server="models"),
    Shown("registered-model-empty", lambda _: "/models/empty%20one", _text("registry.noVersions"), server="models"),
    Shown("registered-model-unknown", lambda _: "/models/nobody", _text("registry.unknownModel"), server="models"),
    Shown("model-version", _registered("/versions/1"), _code, server="models"),
    Shown("model-version-lineage", _registered("/versions/1?tab=lineage"), _picture, server="models"),
    Shown(
        "model-version-files",
        _registered("/versions/1?tab=files&path=requirements.txt"),
        lambda page, t: page.get_by_text("scikit-learn"),
        server="models",
    ),
    Shown(
        "model-version-elsewhere",
        lambda _: "/models/kept%20elsewhere/versions/1",
        _text("registry.filesElsewhere"),
        server="models",
    ),
    Shown("model-version-unknown", _registered("/versions/99"), _text("registry.unknownVersion"), server="models"),
    Shown("compare-versions", _compared_versions(""), _table, server="models"),
    Shown("compare-versions-all", _compared_versions("&all=true"), _table, server="models"),
    Shown("compare-versions-nothing", _registered("/compare"), _text("registry.compareEmpty"), server="models"),
    Shown("compare", _compare(), _table, _compared),
    Shown("compare-all", _compare("&all=true"), _table, _compared),
    Shown("compare-charts", _compare("&tab=charts"), _drawn),
    Shown(
        "compare-images",
        _compare("&tab=artifacts&path=confusion_matrix.png"),
        lambda page, t: page.get_by_role("region"),
        _three_images,
    ),
    Shown(
        "compare-tables",
        _compare("&tab=artifacts&path=mistakes.json"),
        lambda page, t: page.get_by_role("region"),
        _three_tables,
    ),
    Shown("compare-changes", _compare("&tab=changes"), _text("reproducibility.whatItDid")),
    Shown("compare-nothing", lambda _: "/compare", _text("compare.emptyTitle")),
    Shown("settings", lambda _: "/settings", _heading),
    Shown("not-found", lambda _: NOWHERE, _text("common.notFoundTitle")),
)
