"""The texts of the web UI, from its own catalogues."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from playwright.sync_api import Page

import hatch_build

_SCRIPT = Path(__file__).with_suffix(".mjs")


class Literal(msgspec.Struct, frozen=True):
    """A text that stands in a page's own code."""

    place: str
    text: str


class Inspection(msgspec.Struct, frozen=True):
    """Both catalogues by the paths of their texts, functions as their code; and the texts beside them."""

    en: dict[str, str]
    ja: dict[str, str]
    literals: list[Literal]


def unavailable(reason: str) -> NoReturn:
    """Skips a test whose means are not here; in CI they have to be, so there it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def node() -> hatch_build.Node:
    """Node with the packages of the UI installed."""
    found = hatch_build.find_node()
    if found is None:
        unavailable(f"no {hatch_build.NODE_WANTED}; `make test` installs it")
    hatch_build.install_packages(found, quiet=True)
    return found


def _run(mode: str) -> str:
    found = node()
    finished = subprocess.run(
        [found.program, str(_SCRIPT), mode], env=found.environment, capture_output=True, text=True, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@functools.cache
def inspection() -> Inspection:
    """What the catalogues and pages say."""
    return msgspec.json.decode(_run("inspect"), type=Inspection)


@functools.cache
def _bundle() -> str:
    return _run("bundle")


class Texts:
    """The texts in one language, evaluated by a browser.

    Args:
        page: An empty page, which this one has for itself.
        language: `en` or `ja`.
    """

    def __init__(self, page: Page, language: str) -> None:
        self.language = language
        self._page = page
        page.add_script_tag(content=_bundle())

    def __call__(self, path: str, *arguments: Any) -> str:
        """The text at a path such as `runs.columns`; one with holes is filled with the arguments."""
        text = self._page.evaluate(
            """([language, path, given]) => {
                let value = globalThis.kisekiTexts[language];
                for (const name of path.split(".")) value = value?.[name];
                return typeof value === "function" ? value(...given) : value;
            }""",
            [self.language, path, list(arguments)],
        )
        assert isinstance(text, str), f"the catalogue {self.language} has no text {path}: {json.dumps(text)}"
        return text
