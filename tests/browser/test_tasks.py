"""What a person who has just run the demo wants to know, found without a manual, in both languages."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.drawing import chart, drawn
from tests.browser.listing import experiment_of, grid, names, names_of, rows, runs_of
from tests.browser.places import DIGITS
from tests.browser.texts import Texts
from tests.faults.server import Target

ACCURACY = "validation_accuracy"
LOSS = "validation_loss"


def best(server: Target) -> list[str]:
    """The demo's runs of digits from the best on; runs that are equally good as the list has them."""
    order = [f"metrics.{ACCURACY} DESC", "start_time DESC"]
    return names_of(runs_of(server, experiment_of(server, DIGITS), order_by=order))


def open_digits(server: Target, visit: Visits) -> Page:
    """From the address that the demo prints to its runs."""
    page = visit(server)
    page.get_by_role("link", name=DIGITS).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DIGITS)
    return page


def compare_two(page: Page, texts: Texts, chosen: list[str]) -> None:
    """Ticks runs and compares them."""
    for name in chosen:
        page.get_by_role("checkbox", name=texts("runs.select", name), exact=True).check()
    page.get_by_role("button", name=texts("runs.compare"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("compare.title", len(chosen)))


def test_the_best_run_by_validation_accuracy(demo: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = open_digits(demo, visit)
    head = grid(page, texts).get_by_role("columnheader").filter(has_text=re.compile(f"^{ACCURACY}$"))
    head.get_by_role("button", name=ACCURACY, exact=True).click()
    expect(names(page, texts)).to_have_text(best(demo))
    accuracies = sorted(
        (
            metric["value"]
            for run in runs_of(demo, experiment_of(demo, DIGITS))
            for metric in run["data"]["metrics"]
            if metric["key"] == ACCURACY
        ),
        reverse=True,
    )
    expect(rows(page, texts).first).to_contain_text(f"{accuracies[0]:.5f}".rstrip("0"))
    names(page, texts).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(best(demo)[0])


def test_how_two_runs_differ(demo: Target, visit: Visits, texts: Texts, language: str) -> None:
    page = open_digits(demo, visit)
    compare_two(page, texts, ["mlp 64 rate=0.01", "mlp 16 rate=0.001"])
    table = page.get_by_role("table")

    def row(key: str) -> list[str]:
        line = table.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has_text=key)).first
        expect(line).to_be_visible()
        return line.get_by_role("cell").all_inner_texts()

    # A run that is on its way has no name yet.
    heads = table.get_by_role("columnheader").filter(has_text="mlp")
    expect(heads).to_have_count(2)
    first = 0 if "mlp 64" in heads.first.inner_text() else 1
    units = row("hidden_units")
    assert (units[first].strip(), units[1 - first].strip()) == ("64", "16")
    rates = row("learning_rate")
    assert (rates[first].strip(), rates[1 - first].strip()) == ("0.01", "0.001")
    values = [float(re.findall(r"[\d.]+", text)[0]) for text in row(ACCURACY)]
    assert values[first] > values[1 - first]
    # What is the same is not in the way, and is one click away.
    expect(table.get_by_role("rowheader").filter(has_text="epochs")).to_have_count(0)
    page.get_by_role("switch", name=texts("compare.differing")).click()
    expect(table.get_by_role("rowheader").filter(has_text="epochs")).to_have_count(1)


def test_the_loss_curves_of_five_runs_overlaid_and_smoothed(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    page = open_digits(demo, visit)
    page.get_by_role("tab", name=texts("runs.tabs.charts"), exact=True).click()
    panel = chart(page, texts, LOSS)
    seven = drawn(panel)
    side = page.get_by_role("complementary", name=texts("runs.runList"))
    for name in ("mlp 16 rate=0.001", "mlp 64 rate=0.001"):
        side.get_by_role("button", name=texts("runs.show", name), exact=True).click()
    expect(panel.get_by_role("img").first).to_have_accessible_name(
        re.compile(re.escape(texts("charts.summary", 5, False)))
    )
    five = drawn(panel)
    assert five.counts != seven.counts
    page.get_by_role("textbox", name=texts("charts.smoothing")).fill("0.8")
    expect(page).to_have_url(re.compile(r"smooth=0\.8"))
    smoothed = drawn(panel)
    assert smoothed.counts != five.counts
    assert len(smoothed.colours()) >= 3


def test_the_confusion_matrices_side_by_side(demo: Target, visit: Visits, texts: Texts, language: str) -> None:
    chosen = ["sgd alpha=0.0001", "mlp 64 rate=0.01"]
    page = open_digits(demo, visit)
    compare_two(page, texts, chosen)
    page.get_by_role("tab", name=texts("compare.artifacts")).click()
    page.get_by_role("treeitem", name=re.compile("^confusion_matrix.png")).click()
    images = [page.get_by_role("region", name=name, exact=True).get_by_role("img").first for name in chosen]
    for image in images:
        expect(image).to_have_js_property("naturalWidth", 500)
    # One that comes may move the other.
    first, second = (image.bounding_box() for image in images)
    assert first is not None
    assert second is not None
    assert abs(first["y"] - second["y"]) < 2
    assert abs(first["x"] - second["x"]) > first["width"] / 2


def test_a_link_opens_the_same_view_in_another_browser(
    demo: Target, visit: Visits, texts: Texts, language: str
) -> None:
    digits = experiment_of(demo, DIGITS)
    page = visit(
        demo, f"/experiments/{digits}?q=mlp&sort=metrics.{LOSS}+ASC&tab=charts", permissions=["clipboard-read"]
    )
    side = page.get_by_role("complementary", name=texts("runs.runList"))
    expect(side.get_by_role("link")).to_have_count(4)
    side.get_by_role("button", name=texts("runs.show", "mlp 16 rate=0.01"), exact=True).click()
    page.get_by_role("textbox", name=texts("charts.smoothing")).fill("0.5")
    page.get_by_role("button", name=texts("charts.logY"), exact=True).click()
    page.get_by_role("searchbox", name=texts("charts.filter")).fill("loss$")
    expect(page.get_by_role("figure")).to_have_count(2)
    expect(page).to_have_url(re.compile("panels="))
    picture = drawn(chart(page, texts, LOSS))
    page.get_by_role("button", name=texts("runs.share"), exact=True).click()
    expect(page.get_by_text(texts("runs.shared"))).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(demo.uri)
    other = visit(demo, link.removeprefix(demo.uri))
    their_side = other.get_by_role("complementary", name=texts("runs.runList"))
    expect(their_side.get_by_role("link")).to_have_text(side.get_by_role("link").all_inner_texts())
    expect(other.get_by_role("textbox", name=texts("charts.smoothing"))).to_have_value("0.5")
    expect(other.get_by_role("button", name=texts("charts.logY"), exact=True)).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_role("figure")).to_have_count(2)
    assert drawn(chart(other, texts, LOSS)) == picture
