"""Every page by axe's rules, light and dark, and on a phone; and what the first one loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import hatch_build
from bench.ui_browser import PHONE
from tests.browser.conftest import Visits
from tests.browser.pages import PAGES, Shown
from tests.browser.places import DIGITS
from tests.browser.texts import Texts, node
from tests.faults.server import Target

# Charts and tables are drawn for their new width a little after it has changed.
_BEYOND = """async () => {
    const find = () => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
        return [...document.querySelectorAll("body *")]
            .filter(one => one.getBoundingClientRect().right > width + 1)
            .map(one => one.outerHTML.slice(0, 160)).slice(0, 5);
    };
    for (let i = 0; i < 100 && find().length; i++) await new Promise(done => setTimeout(done, 50));
    return find();
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    node()
    return (hatch_build.UI / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def opened(request: pytest.FixtureRequest, shown: Shown, visit: Visits, texts: Texts, theme: str) -> Page:
    """The page, in the state."""
    server: Target = request.getfixturevalue(shown.server)
    page = visit(server, "/settings", theme=theme)
    visit.watch.expect("console error: Failed to load resource.* 40[04]")
    shown.open(page, server, texts)
    return page


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds, with the elements."""
    # Through the debugger, which the page's policy does not bind.
    page.evaluate(axe)
    found = page.evaluate(
        """async () => {
            // Colours that are on their way from one to the other are neither.
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            await Promise.allSettled(document.getAnimations().map((one) => one.finished));
            return await axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            resultTypes: ["violations"],
            });
        }"""
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:300]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
        # What is open lies over the rest.
        if "partially obscured" not in node["failureSummary"]
    ]


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_is_for_everyone(
    request: pytest.FixtureRequest, shown: Shown, visit: Visits, texts: Texts, language: str, axe: str
) -> None:
    # Colours are the same in both languages, and widths are the same in both themes.
    theme = "dark" if language == "ja" else "light"
    page = opened(request, shown, visit, texts, theme)
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)
    found = {theme: violations(page, axe)}
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found["beyond the screen of a phone"] = page.evaluate(_BEYOND)
    found["phone"] = violations(page, axe) if language == "en" else []
    listed = [f"{where}: {one}" for where, what in found.items() for one in what]
    assert not listed, "\n".join(listed)
    assert page.title().endswith("kiseki")
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language


def test_the_first_page_loads_little_script(demo: Target, visit: Visits, texts: Texts) -> None:
    page = visit(demo, "/experiments")
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
