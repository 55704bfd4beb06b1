"""What pages say while an answer is on its way: nothing that it may show to be untrue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visits
from tests.browser.listing import experiment_of, names
from tests.browser.places import DIGITS, FLOWERS, IRISES
from tests.browser.texts import Texts
from tests.faults.server import Target


@contextmanager
def held(page: Page, path: str) -> Iterator[None]:
    """Answers to questions at the end of this path are on their way until the block ends."""
    waiting: list[Route] = []
    pattern = re.compile(rf"{re.escape(path)}(\?|$)")

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(pattern, hold)
    yield
    assert waiting, f"nothing asked for {path}"
    for route in waiting:
        route.continue_()
    page.unroute(pattern)


def loading(page: Page, texts: Texts) -> Locator:
    return page.get_by_role("status", name=texts("common.loading"), exact=True).first


def test_that_there_are_no_metrics(demo: Target, visit: Visits, texts: Texts) -> None:
    page = visit(demo, "/health")
    side = page.get_by_role("complementary", name=texts("runs.runList"))
    with held(page, "/experiments/columns"):
        page.goto(f"{demo.uri}/experiments/{experiment_of(demo, DIGITS)}?tab=charts")
        expect(side.get_by_role("link")).to_have_count(7)
        expect(loading(page, texts)).to_be_visible()
        # What filters charts comes with them, or with word that there are none.
        expect(page.get_by_role("searchbox", name=texts("charts.filter"))).to_have_count(0)
    expect(page.get_by_role("figure").first).to_be_visible()


def test_that_there_are_no_runs(demo: Target, visit: Visits, texts: Texts) -> None:
    page = visit(demo, f"/experiments/{experiment_of(demo, DIGITS)}?q=zzz")
    expect(page.get_by_text(texts("runs.noMatchTitle"))).to_be_visible()
    with held(page, "/runs/search"):
        page.get_by_role("button", name=texts("runs.filterClear")).last.click()
        expect(page.get_by_text(texts("runs.noMatchTitle"))).to_have_count(0)
        expect(loading(page, texts)).to_be_visible()
        expect(page.get_by_text(texts("runs.emptyTitle"))).to_have_count(0)
    expect(names(page, texts)).to_have_count(7)


def test_that_nobody_has_logged_anything(demo: Target, visit: Visits, texts: Texts) -> None:
    page = visit(demo, "/experiments?text=zzz")
    expect(page.get_by_text(texts("experiments.noMatchTitle"))).to_be_visible()
    with held(page, "/experiments/search"):
        page.get_by_role("button", name=texts("experiments.clearSearch")).click()
        expect(page.get_by_text(texts("experiments.noMatchTitle"))).to_have_count(0)
        expect(loading(page, texts)).to_be_visible()
        expect(page.get_by_text(texts("experiments.firstTitle"))).to_have_count(0)
    expect(page.get_by_role("link", name=DIGITS)).to_be_visible()


def test_where_code_logs(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    page = visit(server, "/health")
    for tab, title in (("", "runs.emptyTitle"), ("/models", "models.emptyTitle")):
        with held(page, "/experiments/get"):
            page.goto(f"{server.uri}/experiments/{experiment}{tab}")
            expect(page.get_by_role("main").get_by_role("status").filter(has_text="0")).to_be_visible()
            expect(loading(page, texts)).to_be_visible()
            expect(page.get_by_role("heading", name=texts(title))).to_have_count(0)
        code = f'set_experiment("{server.experiment(experiment)["name"]}")'
        expect(page.get_by_text(code).first).to_be_visible()


def test_that_the_server_does_not_tell_where_code_logs(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    page = visit(server, "/health")
    visit.watch.expect("console error: Failed to load resource.* 503")
    # The page asks again some times by itself, after a second and more.
    page.clock.install()
    page.route(re.compile(r"/experiments/get\?"), lambda route: route.fulfill(status=503, json={"error_code": "X"}))
    for tab in ("", "/models"):
        page.goto(f"{server.uri}/experiments/{experiment}{tab}")
        expect(loading(page, texts)).to_be_visible()
        page.clock.run_for(30_000)
        expect(page.get_by_role("alert").get_by_text(texts("common.errorTitle"))).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name=texts("common.retry")).click()
    expect(page.get_by_text(f'set_experiment("{server.experiment(experiment)["name"]}")').first).to_be_visible()


def test_what_is_downloaded(models: Target, visit: Visits, texts: Texts) -> None:
    page = visit(models, "/health")
    csv = page.get_by_role("button", name=texts("runs.csv"))
    for path, tab in (("/experiments/columns", ""), ("/logged-models/search", "/models")):
        with held(page, path):
            page.goto(f"{models.uri}/experiments/{experiment_of(models, IRISES)}{tab}")
            expect(csv).to_be_disabled()
            expect(page.get_by_role("button", name=texts("runs.columns"), exact=True)).to_be_disabled()
        expect(csv).to_be_enabled()


def test_that_a_version_may_be_deleted(models: Target, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/models/{quote(FLOWERS)}/versions/2")
    menu = page.get_by_role("button", name=texts("experiments.actionsOf", texts("registry.version", "2")), exact=True)
    asked = page.get_by_role("dialog", name=texts("registry.removeVersionTitle", "2"))
    with held(page, "/registered-models/get"):
        menu.click()
        page.get_by_role("menuitem", name=texts("registry.removeVersion")).click()
        expect(asked.locator("button[type=submit]")).to_be_disabled()
        expect(asked).not_to_contain_text(texts("registry.removeVersionText"))
    expect(asked).to_contain_text(texts("registry.removeVersionText"))
    expect(asked.locator("button[type=submit]")).to_be_enabled()


def test_what_a_move_asks_for(models: Target, visit: Visits, texts: Texts) -> None:
    page = visit(models, f"/models/{quote(FLOWERS)}/versions/2")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    asked = page.get_by_role("dialog", name=texts("registry.promoteTitle", "2"))
    with held(page, "/registry/rules"):
        page.get_by_role("button", name=texts("registry.promote"), exact=True).click()
        box = asked.get_by_role("combobox", name=texts("registry.alias"), exact=True)
        box.fill("champion")
        box.press("Tab")
        expect(asked.locator("button[type=submit]")).to_be_disabled()
    expect(asked.locator("button[type=submit]")).to_have_text(texts("registry.askApproval"))
    expect(asked.locator("button[type=submit]")).to_be_enabled()
