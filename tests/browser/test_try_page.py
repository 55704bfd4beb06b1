"""The page of the scoring server on which people try the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import kiseki.pyfunc
from bench.ui_browser import PHONE
from kiseki.models import infer_signature
from tests import models
from tests.browser.access import BEYOND, axe, violations
from tests.browser.conftest import Visits
from tests.browser.hostile import SIGN, STRINGS
from tests.browser.watch import executed
from tests.scoring import ScoringServer

WORDS = {
    "en": {"send": "Predict", "reset": "Back to the example", "inputs": "Inputs", "other": "日本語"},
    "ja": {"send": "予測", "reset": "例に戻す", "inputs": "入力", "other": "English"},
}


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory, _means: None) -> Iterator[ScoringServer]:
    folder = tmp_path_factory.mktemp("iris")
    with ScoringServer(folder / "server", models.iris(folder / "iris")) as running:
        yield running
        running.check()


def test_people_try_the_model(iris: ScoringServer, visit: Visits, language: str) -> None:
    words = WORDS[language]
    page = visit(iris, "/")
    table = page.get_by_role("table", name=words["inputs"])
    expect(table.get_by_role("row")).to_have_count(5)
    expect(table).to_contain_text("petal width (cm)")
    expect(page.get_by_role("heading", level=1)).to_contain_text("iris")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.locator("#answer")).to_have_text('{"predictions":[0,0,0]}')
    expect(page.get_by_role("status")).to_contain_text("HTTP 200")

    body = page.get_by_role("textbox")
    body.fill("{broken")
    visit.watch.expect("console error: Failed to load resource.* 400")
    body.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("HTTP 400")
    expect(page.locator("#answer")).to_contain_text("BAD_REQUEST")
    page.get_by_role("button", name=words["reset"]).click()
    expect(body).to_have_value(iris_example(iris))
    page.get_by_text("curl", exact=False).first.wait_for(state="attached")
    expect(page.locator("#curl")).to_contain_text(f"{iris.uri}/invocations")


def iris_example(server: ScoringServer) -> str:
    document = server.request("GET", "/openapi.json").ok()
    content = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]
    return str(content["x-example"])


def test_the_language_can_be_changed(iris: ScoringServer, visit: Visits, language: str) -> None:
    page = visit(iris, "/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.get_by_role("button", name=WORDS[language]["other"]).click()
    other = "ja" if language == "en" else "en"
    expect(page.locator("html")).to_have_attribute("lang", other)
    expect(page.get_by_role("button", name=WORDS[other]["send"])).to_be_visible()
    expect(page.get_by_role("table", name=WORDS[other]["inputs"])).to_be_visible()


def test_both_languages_have_the_same_texts(iris: ScoringServer, visit: Visits) -> None:
    page = visit(iris, "/")
    shown = {language: _texts(page, language) for language in ("en", "ja")}
    assert shown["en"].keys() == shown["ja"].keys()
    assert all(text for texts in shown.values() for text in texts.values())
    assert [name for name, text in shown["en"].items() if text == shown["ja"][name]] == []


def _texts(page: Page, language: str) -> dict[str, str]:
    if page.locator("html").get_attribute("lang") != language:
        page.locator("#language").click()
    found: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[data-text]")]
            .map((one) => [one.dataset.text, one.textContent]))"""
    )
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_for_everyone(iris: ScoringServer, visit: Visits, language: str, theme: str) -> None:
    page = visit(iris, "/", theme=theme)
    page.get_by_role("button", name=WORDS[language]["send"]).click()
    expect(page.locator("#answer")).not_to_be_empty()
    assert violations(page, axe(), "everything") == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate(BEYOND) == []


def test_a_server_that_is_gone_is_told(tmp_path: Path, visit: Visits) -> None:
    with ScoringServer(tmp_path / "server", models.iris(tmp_path / "iris")) as server:
        page = visit(server, "/")
        expect(page.get_by_role("table", name="Inputs")).to_be_visible()
    visit.watch.expect("console error: Failed to load resource")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("status")).to_contain_text("cannot be reached")


def test_what_a_model_says_of_itself_is_text(tmp_path: Path, visit: Visits) -> None:
    class Echo(kiseki.pyfunc.PythonModel):
        def predict(self, context, model_input):  # type: ignore[no-untyped-def, override]
            return model_input

    table = pd.DataFrame({text: [text] for text in STRINGS})
    signature = infer_signature(table, table, params={text: text for text in STRINGS})
    folder = tmp_path / "<img src=x onerror=hacked=1>"
    kiseki.pyfunc.save_model(folder, python_model=Echo(), signature=signature, input_example=table, pip_requirements=[])
    with ScoringServer(tmp_path / "server", folder) as server:
        page = visit(server, "/")
        expect(page.get_by_role("table", name="Inputs").get_by_role("row")).to_have_count(len(STRINGS) + 1)
        page.get_by_role("button", name="Predict").click()
        expect(page.locator("#answer")).to_contain_text("predictions")
        page.locator("summary").click()
        assert executed(page, SIGN) == []
        assert page.locator("img, iframe, svg, main script").count() == 0
