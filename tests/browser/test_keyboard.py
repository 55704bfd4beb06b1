"""All with the keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.listing import experiment_of, grid, names
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target


def opened(page: Page) -> Page:
    """The page, once it listens."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").locator("input")).to_be_focused()


def take(page: Page, text: str) -> None:
    """Takes what the palette offers first, once that is an option with this text."""
    option = page.get_by_role("option", name=re.compile(re.escape(text))).first
    expect(option).to_have_attribute("data-combobox-selected", "true")
    page.keyboard.press("Enter")


def test_the_palette_goes_to_an_experiment_and_does_what_a_page_can(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = opened(visit(demo, "/settings"))
    palette(page)
    page.keyboard.type("digits")
    take(page, DIGITS)
    expect(page.get_by_role("heading", level=1)).to_have_text(DIGITS)
    palette(page)
    page.keyboard.type(texts("runs.tabs.charts"))
    take(page, texts("runs.tabs.charts"))
    expect(page).to_have_url(re.compile("tab=charts"))
    palette(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_palette_opens_a_run_by_its_id(demo: Target, visit: Visits, texts: Texts) -> None:
    run = demo.post("runs/search", experiment_ids=[experiment_of(demo, DIGITS)], max_results=1).ok()["runs"][0]["info"]
    page = opened(visit(demo, "/experiments"))
    palette(page)
    page.keyboard.insert_text(run["run_id"])
    take(page, run["run_id"])
    expect(page.get_by_role("heading", level=1)).to_have_text(run["run_name"])


def test_the_keys_are_listed(demo: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = opened(visit(demo, f"/experiments/{experiment_of(demo, DIGITS)}"))
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name=texts("settings.keys"))
    expect(keys).to_contain_text(texts("runs.filter"))
    expect(keys).to_contain_text(texts("settings.palette"))
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def test_two_keys_go_to_a_page(demo: Target, visit: Visits, texts: Texts) -> None:
    page = opened(visit(demo, "/experiments"))
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(f"{demo.uri}/settings")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page).to_have_url(f"{demo.uri}/experiments")


def test_a_slash_goes_to_the_filter_and_the_table_follows_the_arrows(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = opened(visit(demo, f"/experiments/{experiment_of(demo, DIGITS)}"))
    expect(names(page, texts)).to_have_count(7)
    third = names(page, texts).nth(2).inner_text()
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name=texts("runs.filter"))).to_be_focused()
    page.keyboard.type("j?x")
    expect(page.get_by_role("textbox", name=texts("runs.filter"))).to_have_value("j?x")
    page.get_by_role("textbox", name=texts("runs.filter")).fill("")
    page.keyboard.press("Enter")
    expect(names(page, texts)).to_have_count(7)
    for _ in range(40):
        if grid(page, texts).evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(grid(page, texts)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(grid(page, texts)).to_have_attribute("aria-activedescendant", "run-row-2")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name=texts("common.selectedCount", 1))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(third)


def test_focus_goes_around_the_whole_page_and_is_always_seen(demo: Target, visit: Visits, texts: Texts) -> None:
    page = opened(visit(demo, f"/experiments/{experiment_of(demo, DIGITS)}"))
    expect(names(page, texts)).to_have_count(7)
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (!element || element === document.body) return null;
                const box = element.getBoundingClientRect();
                const named = element.getAttribute("aria-label") || element.textContent || element.title
                    || element.labels?.[0]?.textContent || element.placeholder || "";
                return { name: named.trim(), box: [box.width, box.height], tag: element.outerHTML.slice(0, 200) };
            }"""
        )
        if found is None:
            break
        assert found["name"], found
        seen.add(found["tag"])
    assert len(seen) > 15


def test_the_first_key_skips_to_the_content(demo: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = opened(visit(demo, "/settings"))
    page.keyboard.press("Tab")
    skip = page.get_by_text(texts("common.skipToContent"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
