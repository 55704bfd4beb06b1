"""The experiments page."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target


def test_experiments_are_listed_and_lead_to_their_runs(
    demo: Target, visit: Visits, language: str, texts: Texts
) -> None:
    page = visit(demo)
    expect(page).to_have_url(f"{demo.uri}/experiments")
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("experiments.title"))
    page.get_by_role("link", name=DIGITS).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DIGITS)
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_another_language_is_shown_at_once_and_kept(
    demo: Target, visit: Visits, texts_in: Callable[[str], Texts]
) -> None:
    page = visit(demo, "/experiments", language="en")
    page.get_by_role("button", name=texts_in("en")("common.language")).click()
    page.get_by_role("menuitemradio", name="日本語").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(texts_in("ja")("experiments.title"))
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.reload()
    expect(title).to_have_text(texts_in("ja")("experiments.title"))
