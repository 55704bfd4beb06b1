"""How a run came about, whether it was reproduced, and what differs between it and another one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import BEYOND, axe, violations
from tests.browser.captured import LEFT_OUT, PROBLEM, capture, new_run, reproduce, tag
from tests.browser.conftest import Visits
from tests.browser.listing import rows
from tests.browser.texts import Texts
from tests.faults.server import Target

PHONE = (390, 844)


@pytest.fixture(scope="module")
def script() -> str:
    """The script of axe-core."""
    return axe()


def check_access(page: Page, script: str) -> None:
    """Fails where somebody would be left out, on a wide screen or a phone."""
    assert not violations(page, script, colours=True)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate(BEYOND) == []


def test_a_run_shows_how_it_came_about(
    server: Target, visit: Visits, texts: Texts, language: str, script: str
) -> None:
    experiment = server.new_experiment()
    run = new_run(server, experiment, "slower", 0.25)
    capture(server, run)
    page = visit(server, f"/runs/{run}", theme="dark" if language == "ja" else "light")
    page.get_by_role("tab", name=texts("run.reproducibility")).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("python train.py --data 'two words.csv'")
    expect(main.get_by_role("link", name="https://github.com/ann/flowers.git")).to_have_attribute(
        "href", "https://github.com/ann/flowers"
    )
    expect(page.get_by_role("alert")).to_contain_text(PROBLEM)
    changed = page.get_by_role("region", name="train.py", exact=True)
    expect(changed).to_contain_text("RATE = 0.01  # slower")
    head = page.get_by_role("button", name=re.compile(r"^train\.py"))
    head.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(changed).to_have_count(0)
    expect(page.get_by_role("region", name="notes/学習.md", exact=True)).to_contain_text("遅くした。")
    expect(page.get_by_role("row").filter(has_text="weights.bin")).to_contain_text(LEFT_OUT)
    page.get_by_role("searchbox", name=texts("reproducibility.searchPackages")).fill("scikit")
    packages = page.get_by_role("region", name=texts("reproducibility.packages"), exact=True)
    expect(packages.get_by_role("row").filter(has_text="scikit-learn")).to_contain_text("1.5.2")
    expect(packages.get_by_role("row").filter(has_text="numpy")).to_have_count(0)
    expect(main).to_contain_text(f"kiseki reproduce {run}")
    expect(main).to_contain_text(texts("reproducibility.seedIs", "7"))
    expect(main).to_contain_text("NVIDIA A100-SXM4-40GB")
    expect(main).to_contain_text("flowers.csv")
    with page.expect_download() as download:
        packages.get_by_role("link", name=texts("common.download")).click()
    assert download.value.path().read_text() == "numpy==2.1.0\n"
    check_access(page, script)


def test_a_run_of_another_client_says_how_the_next_one_is_captured(
    server: Target, visit: Visits, texts: Texts, language: str, script: str
) -> None:
    run = server.new_run(server.new_experiment())
    page = visit(server, f"/runs/{run}?tab=reproducibility")
    expect(page.get_by_role("heading", name=texts("reproducibility.noneTitle"))).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("kiseki.start_run()")
    check_access(page, script)


def test_runs_of_one_process_show_the_capture_of_its_first_run(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    first, second = (new_run(server, experiment, name, 0.5) for name in ("first", "second"))
    capture(server, first)
    tag(server, second, **{"kiseki.capture": first})
    page = visit(server, f"/runs/{second}?tab=reproducibility")
    expect(page.get_by_role("main")).to_contain_text("two words.csv")
    page.get_by_role("link", name=texts("reproducibility.firstOfProcess")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first")
    # What was captured goes with the artifacts of a run that is deleted for good.
    tag(server, second, **{"kiseki.capture": "0" * 32})
    page.goto(f"{server.uri}/runs/{second}?tab=reproducibility")
    visit.watch.expect("console error: Failed to load resource.* 404")
    expect(page.get_by_role("heading", name=texts("reproducibility.goneTitle"))).to_be_visible()


def test_a_reproduction_and_its_original_lead_to_each_other(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    original, again = new_run(server, experiment, "original", 0.25), new_run(server, experiment, "again", 0.31)
    reproduce(server, original, again, "diverged")
    diverged = texts("reproducibility.verdicts.diverged")
    page = visit(server, f"/experiments/{experiment}")
    row = rows(page, texts).filter(has=page.get_by_role("link", name="original", exact=True))
    mark = row.get_by_role("img", name=texts("reproducibility.reproducedAs", diverged), exact=True)
    expect(mark).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_role("banner").or_(page.get_by_role("main")).last).to_contain_text(diverged)
    page.get_by_role("link", name=texts("reproducibility.seeReproduction")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("again")
    page.get_by_role("link", name=texts("reproducibility.reproduces", "original")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("original"))
