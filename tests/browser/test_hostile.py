"""Hostile text in every field, on every page: nothing of it is executed, and the policy has nothing to stop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.hostile import FILES, MODEL_FILES, SIGN, STRINGS, file_names, hostile_place
from tests.browser.listing import grid, models_of, rows, runs_of
from tests.browser.pages import follow, go
from tests.browser.texts import Texts
from tests.browser.watch import executed
from tests.faults.server import Target
from tests.wire.server import AJAX

T = TypeVar("T")


def groups(values: Sequence[T], size: int) -> list[Any]:
    """Parameters that have some values each: a page that goes on to the next costs a quarter of a fresh one."""
    return [pytest.param(values[i : i + size], id=f"{i}-") for i in range(0, len(values), size)]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server whose every text is hostile."""
    with hostile_place(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running
        running.check()


@pytest.fixture(scope="module")
def runs(hostile: Target) -> list[str]:
    """The ids of the runs, in the order of the strings."""
    found = runs_of(hostile, "1", max_results=100)
    ids = {run["info"]["run_name"]: str(run["info"]["run_id"]) for run in found}
    return [ids[one] for one in STRINGS]


@pytest.fixture(scope="module")
def models(hostile: Target) -> list[str]:
    """The ids of the logged models, in the order of the strings."""
    ids = {one["info"]["name"]: str(one["info"]["model_id"]) for one in models_of(hostile, "1", max_results=100)}
    return [ids[one] for one in STRINGS]


def settle(page: Page) -> None:
    """Lets everything that a page starts by itself come to its end: questions, timers, animations, late loading."""
    page.wait_for_load_state("load")
    expect(page.locator("main [role=status][aria-label]")).to_have_count(0)
    page.evaluate(
        """async () => {
            for (let i = 0; i < 5; i++) {
                await new Promise(done => requestIdleCallback(done, {timeout: 500}));
                await new Promise(done => requestAnimationFrame(done));
            }
        }"""
    )


def check(page: Page, visit: Visits) -> None:
    """Nothing was executed, and the page is still ours."""
    settle(page)
    assert executed(page, SIGN) == []
    assert page.locator("#root").count() == 1
    assert page.locator("script:not([src]), [onerror], [onload], base[href^=javascript]").count() == 0
    assert page.locator("a[href^='javascript' i], a[href^='data:' i], form[action]").count() == 0
    visit.watch.expect(r"console error: Blocked script execution in '(about:srcdoc|blob:)")
    visit.watch.expect(r"console error: Failed to load resource: the server responded with a status of (404|400|403)")
    visit.watch.check()


def test_experiments(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/experiments")
    # Spaces at the ends and line breaks are the browser's to show.
    expect(page.get_by_role("link").filter(has_text="onerror").first).to_be_visible()
    check(page, visit)
    search = page.get_by_label(texts("experiments.searchLabel"))
    for one in STRINGS[:10]:
        search.fill(one)
        expect(page.get_by_role("link", name=one, exact=True)).to_be_visible()
    check(page, visit)
    page.get_by_role("button", name=texts("experiments.actionsOf", STRINGS[9]), exact=True).click()
    page.get_by_role("menuitem", name=texts("experiments.details")).click()
    expect(page.get_by_role("dialog")).to_contain_text("hacked")
    check(page, visit)


def test_the_note_of_an_experiment(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, f"/experiments?text={quote(STRINGS[0])}")
    page.get_by_role("button", name=texts("experiments.actionsOf", STRINGS[0]), exact=True).click()
    page.get_by_role("menuitem", name=texts("experiments.details")).click()
    expect(page.get_by_role("dialog")).to_contain_text("constructor")
    check(page, visit)


@pytest.mark.parametrize(
    "search",
    ["", "?group=tags.team", "?group=params.optimizer&cols=" + quote(f'["tags.`{STRINGS[6]}`","params.optimizer"]')],
)
def test_the_table_of_runs(hostile: Target, runs: list[str], visit: Visits, texts: Texts, search: str) -> None:
    page = visit(hostile, f"/experiments/1{search}")
    expect(grid(page, texts).get_by_role("row").nth(10)).to_be_visible()
    check(page, visit)
    page.get_by_role("button", name=texts("runs.columns"), exact=True).click()
    expect(page.get_by_role("checkbox").filter(has_text="").nth(20)).to_be_attached()
    check(page, visit)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=texts("runs.views")).click()
    for one in (STRINGS[6], STRINGS[28]):
        page.get_by_role("dialog").get_by_role("button", name=one, exact=True).click()
        check(page, visit)
        page.get_by_role("button", name=texts("runs.views")).click()


def test_a_menu_and_the_tips_of_a_run(hostile: Target, runs: list[str], visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/experiments/1")
    expect(rows(page, texts).nth(7)).to_be_visible()
    for row in rows(page, texts).all()[:8]:
        row.hover()
        row.get_by_role("button").last.click()
        expect(page.get_by_role("menu")).to_be_visible()
        page.keyboard.press("Escape")
    check(page, visit)


def test_completion_of_a_filter(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/experiments/1")
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    for text in ("params.", "tags.", "metrics.", "params.optimizer = '"):
        box.fill("")
        box.press_sequentially(text)
        expect(page.get_by_role("option").nth(3)).to_be_visible()
        check(page, visit)
    for one in STRINGS[:12]:
        box.fill(f"params.optimizer = {one}")
        page.keyboard.press("Enter")
    check(page, visit)


@pytest.mark.parametrize("tab", ["charts", "parallel", "scatter", "importance"])
@pytest.mark.parametrize("group", ["", "&group=tags.team"])
def test_charts(hostile: Target, runs: list[str], visit: Visits, texts: Texts, tab: str, group: str) -> None:
    page = visit(hostile, f"/experiments/1?tab={tab}&first=50{group}")
    if tab == "importance":
        expect(page.get_by_role("main").get_by_role("table")).to_be_visible()
    else:
        picture = page.locator("main canvas, main svg[data-plot]").last
        picture.scroll_into_view_if_needed()
        # What takes the mouse lies above the picture.
        picture.hover(force=True)
    check(page, visit)


@pytest.mark.parametrize("numbers", groups(range(len(STRINGS)), 10))
def test_a_run(hostile: Target, runs: list[str], visit: Visits, texts: Texts, numbers: range) -> None:
    page = visit(hostile, f"/runs/{runs[numbers[0]]}")
    for number in numbers:
        if number != numbers[0]:
            go(page, f"/runs/{runs[number]}", texts)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="optimizer")).to_be_visible()
        check(page, visit)
    for tab in ("run.charts", "run.systemTab", "run.artifacts"):
        page.get_by_role("tab", name=re.compile("^" + re.escape(texts(tab)))).click()
        check(page, visit)


@pytest.mark.parametrize("names", groups(list(FILES), 5))
def test_a_file(hostile: Target, runs: list[str], visit: Visits, texts: Texts, names: list[str]) -> None:
    page = visit(hostile, "/settings")
    for name in names:
        go(page, f"/runs/{runs[0]}?tab=artifacts&path={quote(name, safe='')}", texts)
        expect(page.get_by_role("treeitem", name=re.compile("^" + re.escape(name.rpartition("/")[2])))).to_be_visible()
        expect(page.get_by_role("link", name=texts("artifacts.downloadFile"))).to_be_visible()
        expect(page.get_by_role("status", name=texts("common.loading"))).to_have_count(0)
        check(page, visit)
        # Each way to look at it.
        for radio in page.get_by_role("main").get_by_role("radio").all():
            radio.evaluate("element => element.click()")
            check(page, visit)


def test_the_table_of_models(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/experiments/1/models")
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    check(page, visit)
    page.get_by_role("button", name=texts("runs.columns"), exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("checkbox").nth(39)).to_be_attached()
    for box in page.get_by_role("dialog").get_by_role("checkbox").all()[:40]:
        box.check()
    check(page, visit)
    page.keyboard.press("Escape")
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    for text in ("params.", "tags.", "metrics.", "params.solver = '"):
        box.fill("")
        box.press_sequentially(text)
        expect(page.get_by_role("option").nth(3)).to_be_visible()
    for one in STRINGS[:12]:
        box.fill(f"params.solver = {one}")
        page.keyboard.press("Enter")
    check(page, visit)


@pytest.mark.parametrize("numbers", groups(range(0, len(STRINGS), 3), 6))
def test_a_model(hostile: Target, models: list[str], visit: Visits, texts: Texts, numbers: range) -> None:
    page = visit(hostile, f"/experiments/1/models/{models[numbers[0]]}")
    for number in numbers:
        if number != numbers[0]:
            go(page, f"/experiments/1/models/{models[number]}", texts)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="solver")).to_be_visible()
        expect(page.get_by_role("status", name=texts("common.loading"))).to_have_count(0)
        check(page, visit)
    for snippets in page.get_by_role("region", name=texts("models.use"), exact=True).get_by_role("tab").all():
        snippets.click()
        check(page, visit)
    page.get_by_role("tab", name=texts("models.artifacts"), exact=True).click()
    check(page, visit)


@pytest.mark.parametrize("names", groups(list(MODEL_FILES), 3))
def test_a_file_of_a_model(hostile: Target, models: list[str], visit: Visits, texts: Texts, names: list[str]) -> None:
    page = visit(hostile, "/settings")
    for name in names:
        go(page, f"/experiments/1/models/{models[0]}?tab=artifacts&path={quote(name, safe='')}", texts)
        expect(page.get_by_role("link", name=texts("artifacts.downloadFile"))).to_be_visible()
        expect(page.get_by_role("status", name=texts("common.loading"))).to_have_count(0)
        check(page, visit)
        for radio in page.get_by_role("main").get_by_role("radio").all():
            radio.evaluate("element => element.click()")
            check(page, visit)
        path = f"{AJAX}logged-models/{models[0]}/artifacts/files?artifact_file_path={quote(name, safe='')}"
        answer = hostile.request("GET", path)
        policy = answer.headers.get("content-security-policy", "")
        assert answer.status == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "attachment" in answer.headers.get("content-disposition", "") or "sandbox" in policy


def test_names_of_files(hostile: Target, runs: list[str], visit: Visits, texts: Texts) -> None:
    page = visit(hostile, f"/runs/{runs[0]}?tab=artifacts&path=names")
    expect(page.get_by_role("treeitem").nth(12)).to_be_visible()
    check(page, visit)
    for name in file_names()[::7]:
        go(page, f"/runs/{runs[0]}?tab=artifacts&path={quote('names/' + name, safe='')}", texts)
        expect(page.get_by_role("link", name=texts("artifacts.downloadFile"))).to_be_visible()
        check(page, visit)


def test_files_opened_by_themselves(hostile: Target, runs: list[str], visit: Visits) -> None:
    page = visit(hostile, "/settings")
    for name in FILES:
        answer = hostile.request("GET", f"/get-artifact?run_id={runs[0]}&path={quote(name, safe='')}")
        policy = answer.headers.get("content-security-policy", "")
        assert answer.status == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "attachment" in answer.headers.get("content-disposition", "") or "sandbox" in policy
    check(page, visit)


@pytest.mark.parametrize("many", [2, 12])
def test_a_comparison(hostile: Target, runs: list[str], visit: Visits, texts: Texts, many: int) -> None:
    chosen = quote("[" + ",".join(f'"{run}"' for run in runs[:many]) + "]")
    path = f"/compare?runs={chosen}&all=true"
    page = visit(hostile, path)
    for tab in (
        "",
        "&tab=charts",
        "&tab=artifacts",
        "&tab=artifacts&path=notes.md",
        "&tab=artifacts&path=page.html",
        "&tab=artifacts&path=log.txt",
    ):
        if tab:
            go(page, path + tab, texts)
        expect(page.get_by_role("heading", level=1)).to_have_text(texts("compare.title", many))
        expect(page.get_by_role("main")).to_contain_text(re.compile("hacked|notes"))
        check(page, visit)


def test_the_palette(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    box = page.get_by_role("dialog").locator("input")
    for one in STRINGS[::5]:
        # A field of one line takes no line breaks.
        line = max(one.splitlines(), key=len).strip()
        box.fill(line)
        expect(page.get_by_role("option").filter(has_text=line).first).to_be_visible()
    check(page, visit)


def test_the_list_of_registered_models(hostile: Target, visit: Visits, texts: Texts) -> None:
    page = visit(hostile, "/models")
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    check(page, visit)
    box = page.get_by_role("textbox", name=texts("runs.filter"))
    for text in ("tags.", "tags.team = '"):
        box.fill("")
        box.press_sequentially(text)
        expect(page.get_by_role("option").nth(3)).to_be_visible()
    for one in STRINGS[:12]:
        box.fill(f"tags.team = {one}")
        page.keyboard.press("Enter")
    check(page, visit)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").locator("input").fill("onerror")
    expect(page.get_by_role("option").nth(3)).to_be_visible()
    check(page, visit)


# A path takes no other name; the server does not take them as names either.
REGISTERED = [one for one in STRINGS if "/" not in one]


@pytest.mark.parametrize("some", groups(REGISTERED[::3], 4))
def test_a_registered_model(hostile: Target, visit: Visits, texts: Texts, some: list[str]) -> None:
    page = visit(hostile, f"/models/{quote(some[0], safe='')}")
    for one in some:
        path = f"/models/{quote(one, safe='')}"
        ready = page.get_by_role("heading", level=1)
        loading = page.get_by_role("status", name=texts("common.loading"))
        for end in (
            "",
            "?tab=history",
            "?tab=rules",
            "/versions/1",
            "/versions/2",
            "/versions/1?tab=lineage",
            "/versions/1?tab=files",
            f"/compare?versions={quote('[1,2]')}&all=true",
        ):
            go(page, path + end, texts)
            expect(ready).to_be_visible()
            expect(loading).to_have_count(0)
            check(page, visit)
    go(page, f"/models/{quote(some[-1], safe='')}", texts)
    for name in (texts("registry.promote"), texts("registry.decisions.approve")):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page, visit)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("some", groups(STRINGS[::6], 3))
def test_addresses(hostile: Target, visit: Visits, some: list[str]) -> None:
    """What stands in an address comes from whoever sent the link."""
    page = visit(hostile, "/health")
    for one in some:
        text = quote(one, safe="")
        page.goto(
            f"{hostile.uri}/experiments/1?q={text}&group={text}&sort={text}&panels={text}&base={text}"
            f"&cols={quote('[' + repr(one) + ']')}"
        )
        visit.watch.expect("console error: Failed to load resource")
        expect(page.get_by_role("main")).not_to_be_empty()
        check(page, visit)
        for path in (
            f"/experiments/{text}",
            f"/experiments/1/models?q={text}&sort={text}",
            f"/experiments/{text}/models/{text}",
            f"/runs/{text}?path={text}",
            f"/compare?runs={text}&path={text}",
            f"/models?q={text}&sort={text}",
            f"/models/{text}?tab={text}&cols={text}",
            f"/models/{text}/versions/{text}?path={text}",
            f"/models/{text}/compare?versions={text}&q={text}",
            f"/{text}",
        ):
            follow(page, path.replace("%2F", "%252F"))
            expect(page.get_by_role("main").or_(page.locator("body")).first).not_to_be_empty()
            settle(page)
            assert executed(page, SIGN) == []


NAMES = re.findall(
    r"\w+",
    """
    q text stage sort cols tab group base pin on off first x smooth logx logy panels full range order size axes chart
    runs all stat up down flat hide open path look whole versions
    """,
)


@pytest.mark.parametrize(
    ("tab", "value"), [("", '{"a":[]}'), ("charts", "[[],{}]"), ("artifacts", "null"), ("", "-1e999")]
)
def test_addresses_of_any_type(hostile: Target, runs: list[str], visit: Visits, tab: str, value: str) -> None:
    search = "&".join(f"{name}={quote(value)}" for name in NAMES)
    page = visit(hostile, f"/experiments?{search}")
    visit.watch.expect("console error: Failed to load resource")
    registered = f"/models/{quote(REGISTERED[0], safe='')}"
    for path in (
        "/experiments",
        "/experiments/1",
        "/experiments/1/models",
        f"/runs/{runs[0]}",
        "/compare",
        "/models",
        registered,
        f"{registered}/versions/1",
        f"{registered}/compare",
    ):
        follow(page, f"{path}?{search}" + (f"&tab={tab}" if tab else ""))
        expect(page.get_by_role("main")).not_to_be_empty()
        check(page, visit)
