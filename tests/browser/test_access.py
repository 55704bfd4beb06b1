"""Every page by axe's rules, light and dark, and on a phone; and what the first one loads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.ui_browser import PHONE, WIDE
from tests.browser.access import BEYOND, axe, violations
from tests.browser.conftest import Visits
from tests.browser.pages import NOWHERE, PAGES, Shown, go
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target

# No page of the UI, which would only be left again.
NO_UI = "/health"


@pytest.fixture(scope="module")
def script() -> str:
    """The script of axe-core."""
    return axe()


@dataclasses.dataclass
class Open:
    """A page of a server in a language, on which each test goes on from the last: a fresh one costs twice as much."""

    visits: Visits
    page: Page

    def show(self, shown: Shown, server: Target, texts: Texts) -> None:
        """Shows a page of the UI, light and wide, and nothing of the one before."""
        within = not self.page.url.endswith(NO_UI) and shown.path(server) != NOWHERE
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.page.emulate_media(color_scheme="light")
        if within:
            expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
            go(self.page, shown.path(server), texts)
            shown.wait(self.page, texts)
        else:
            shown.open(self.page, server, texts)


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[tuple[str, str], Open]]:
    """The pages by the name of the server and by the language, as the last test left them."""
    kept: dict[tuple[str, str], Open] = {}
    yield kept
    for one in kept.values():
        one.visits.close()


@pytest.mark.parametrize(
    ("shown", "language"),
    [(shown, ("en", "ja")[number % 2]) for number, shown in enumerate(PAGES)],
    ids=lambda one: one if isinstance(one, str) else one.name,
    indirect=["language"],
)
def test_a_page_is_for_everyone(
    request: pytest.FixtureRequest,
    shown: Shown,
    browser: Browser,
    opened: dict[tuple[str, str], Open],
    texts: Texts,
    language: str,
    script: str,
) -> None:
    # What axe looks at is the same in both languages, which have the same keys of texts; half of the pages in each.
    server: Target = request.getfixturevalue(shown.server)
    # Only tests that pass give back what they took.
    one = opened.pop((shown.server, language), None)
    if one is None:
        visits = Visits(browser, language)
        one = Open(visits, visits(server, NO_UI))
        visits.watch.expect("console error: Failed to load resource.* 40[034]")
    page = one.page
    one.show(shown, server, texts)
    found = {"light": violations(page, script, "everything")}
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    found["dark"] = violations(page, script, "colours")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found["beyond the screen of a phone"] = page.evaluate(BEYOND)
    found["phone"] = violations(page, script, "all but colours") if language == "en" else []
    listed = [f"{where}: {violation}" for where, what in found.items() for violation in what]
    assert not listed, "\n".join(listed)
    assert page.title().endswith("kiseki")
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    if shown.is_touched:
        page.goto(server.uri + NO_UI)
    one.visits.watch.check()
    opened[shown.server, language] = one


def test_the_first_page_loads_little_script(demo: Target, visit: Visits, texts: Texts) -> None:
    page = visit(demo, "/health")
    # What other pages need is loaded when there is time, after some seconds: that is not the first page's.
    page.add_init_script(
        "const soon = setTimeout; setTimeout = (run, ms, ...rest) => (ms >= 1000 ? 0 : soon(run, ms, ...rest));"
    )
    page.goto(f"{demo.uri}/experiments")
    page.get_by_role("link", name=DIGITS).wait_for()
    sizes: dict[str, int] = {}
    loaded = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter(one => one.name.endsWith(".js")).map(one => one.name)"""
    )
    for url in loaded:
        answer = demo.request("GET", url.removeprefix(demo.uri), headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        sizes[Path(url).name] = len(answer.body)
    assert sum(sizes.values()) <= 250_000, sizes
