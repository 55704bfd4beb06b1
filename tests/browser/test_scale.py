"""Many runs, long histories, and one point among 100,000."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.drawing import chart, drawn
from tests.browser.listing import experiment_of, grid, names
from tests.browser.places import CURVE_SIZES, CURVES, TEN_THOUSAND
from tests.browser.texts import Texts
from tests.faults.server import Target


@pytest.fixture(scope="module")
def curves(scale: Target) -> str:
    """The page of the long histories, with all of its runs in the charts."""
    return f"/experiments/{experiment_of(scale, CURVES)}?tab=charts&first=50"


def test_ten_thousand_runs_scroll_to_the_last(scale: Target, visit: Visits, texts: Texts) -> None:
    page = visit(scale, f"/experiments/{experiment_of(scale, TEN_THOUSAND)}?sort=attributes.run_name+ASC")
    expect(names(page, texts).first).to_have_text("run-000000")
    expect(grid(page, texts)).to_have_attribute("aria-rowcount", "10001")
    expect(page.get_by_role("status").filter(has_text="10,000")).to_be_visible()
    # Only what is in sight is there.
    assert grid(page, texts).get_by_role("row").count() < 80
    for _ in range(40):
        grid(page, texts).evaluate("element => element.scrollTo(0, element.scrollHeight)")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        if grid(page, texts).get_by_text("run-009999").count():
            break
        page.get_by_role("status").filter(has_text=re.compile(r"\d,\d00")).first.wait_for()
        page.wait_for_function("() => !document.querySelector('[role=grid] [data-loading]')")
    expect(grid(page, texts).get_by_text("run-009999")).to_be_visible()


def test_a_filter_finds_one_of_ten_thousand(scale: Target, visit: Visits, texts: Texts) -> None:
    page = visit(scale, f"/experiments/{experiment_of(scale, TEN_THOUSAND)}")
    page.get_by_role("textbox", name=texts("runs.filter")).fill("attributes.run_name = 'run-004711'")
    page.keyboard.press("Enter")
    expect(names(page, texts)).to_have_text(["run-004711"])


def test_fifty_runs_of_a_hundred_thousand_points_are_drawn(
    scale: Target, curves: str, visit: Visits, texts: Texts
) -> None:
    page = visit(scale, curves)
    for metric in range(CURVE_SIZES.metrics):
        panel = chart(page, texts, CURVE_SIZES.key(metric))
        assert sum(drawn(panel).counts.values()) > 1_000
        expect(panel.get_by_role("img").first).to_have_accessible_name(re.compile(r"\b50 runs\b"))


def test_one_point_of_a_hundred_thousand_is_seen_without_zooming(
    scale: Target, curves: str, visit: Visits, texts: Texts
) -> None:
    page = visit(scale, curves)
    with_spike = drawn(chart(page, texts, CURVE_SIZES.key(0)))
    without = drawn(chart(page, texts, CURVE_SIZES.key(1)))
    # The spike is far above all else: its column alone has colour in the upper half of the picture.
    high = [x for x, y in enumerate(with_spike.tops) if 0 <= y < with_spike.height / 2]
    assert high
    assert max(high) - min(high) <= 6
    # And it stands where its step is.
    plotted = [x for x, y in enumerate(with_spike.tops) if y >= 0]
    left, right = min(plotted), max(plotted)
    place = (sum(high) / len(high) - left) / (right - left)
    assert abs(place - CURVE_SIZES.spike_step / CURVE_SIZES.points) < 0.02
    assert sum(1 for y in without.tops if 0 <= y < without.height / 2) > 6


def test_zooming_fetches_finer_data_down_to_the_points(scale: Target, curves: str, visit: Visits, texts: Texts) -> None:
    step = CURVE_SIZES.spike_step
    page = visit(
        scale,
        f"{curves}&first=1&sort=attributes.start_time+ASC&range=%5B{step - 20}%2C{step + 20}%5D".replace(
            "first=50&", ""
        ),
    )
    picture = drawn(chart(page, texts, CURVE_SIZES.key(0)))
    high = [x for x, y in enumerate(picture.tops) if 0 <= y < picture.height / 2]
    # Of forty steps, the spike is one: a mountain as wide as two of them at most.
    assert 2 <= max(high) - min(high) <= picture.width * 2 / 40
