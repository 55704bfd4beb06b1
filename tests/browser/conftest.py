"""The web UI in a real browser, on real servers.

A test asks for `visit`, which opens pages and watches them: what goes wrong there unseen fails the test at its end.
Texts come from the UI's own catalogues through `texts`, in the language of the test where it asks for `language`.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bench.ui_browser import CHROMIUM, WIDE, launch
from kiseki.server.site import STATIC
from tests.browser.places import demo_place, models_place, scale_place
from tests.browser.texts import Texts, unavailable
from tests.browser.watch import Watch
from tests.faults.server import Target

LOCALES = {"en": "en-US", "ja": "ja-JP"}
# A machine that does other things too takes its time; what is there at once is found at once all the same.
PATIENCE_MS = 30_000 if os.environ.get("CI") == "true" else 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session", autouse=True)
def _means() -> None:
    if CHROMIUM is None:
        unavailable("no Chromium: the web UI is not looked at (apt-get install chromium-headless-shell)")
    if not (STATIC / "index.html").is_file():
        unavailable("the web UI is not built (make ui)")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, _means: None) -> Iterator[Target]:
    """A server with the runs that the demo trained. Who changes something there, changes it back."""
    with demo_place(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running
        running.check()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, _means: None) -> Iterator[Target]:
    """A server with logged models of every kind. Who changes something there, changes it back."""
    with models_place(tmp_path_factory.mktemp("models") / "data") as running:
        yield running
        running.check()


@pytest.fixture(scope="session")
def scale(tmp_path_factory: pytest.TempPathFactory, _means: None) -> Iterator[Target]:
    """A server with 10,000 runs and with 50 runs of four histories of 100,000 points."""
    with scale_place(tmp_path_factory.mktemp("scale") / "data") as running:
        yield running
        running.check()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, _means: None) -> Iterator[Target]:
    """A server on which nobody has logged anything."""
    with Target(tmp_path_factory.mktemp("empty")) as running:
        yield running
        running.check()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Target]:
    """A server for one test alone."""
    with Target(tmp_path / "server") as running:
        yield running


# While Playwright runs, its event loop is the thread's: other tests must not find it.
@pytest.fixture(scope="module")
def browser(_means: None) -> Iterator[Browser]:
    """The browser."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def texts_in(browser: Browser) -> Iterator[Callable[[str], Texts]]:
    """The texts of a language."""
    context = browser.new_context()
    known: dict[str, Texts] = {}

    def find(language: str) -> Texts:
        if language not in known:
            known[language] = Texts(context.new_page(), language)
        return known[language]

    yield find
    context.close()


IN_BOTH = ("test_registry.py", "test_tasks.py")
"""Where everything is done in both languages."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whole tasks are done in both languages; else the tests that ask for `language` share them out."""
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "language" not in metafunc.fixturenames or any("language" in names for names in given):
        return
    both = list(LOCALES)
    which = zlib.crc32(metafunc.function.__name__.encode()) % len(both)
    chosen = both if metafunc.definition.path.name in IN_BOTH else both[which : which + 1]
    metafunc.parametrize("language", chosen, indirect=True)


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    """The language of the test."""
    return str(request.param)


@pytest.fixture
def texts(request: pytest.FixtureRequest, texts_in: Callable[[str], Texts]) -> Texts:
    """The texts of the language of the test, English unless it asks for `language`."""
    asked = "language" in request.fixturenames
    return texts_in(request.getfixturevalue("language") if asked else "en")


class Visits:
    """Opens pages, each in a fresh profile of the browser, and watches them."""

    def __init__(self, browser: Browser, language: str) -> None:
        self._browser = browser
        self._language = language
        self._opened: list[tuple[BrowserContext, Watch]] = []

    def __call__(
        self,
        server: Target,
        path: str = "/",
        *,
        language: str | None = None,
        theme: str = "light",
        size: tuple[int, int] = WIDE,
        **options: Any,
    ) -> Page:
        """Opens a page of a server, in the language of the test unless it is given."""
        context = self._browser.new_context(
            locale=LOCALES[language or self._language],
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        self._opened.append((context, Watch(context, server.uri)))
        page = context.new_page()
        page.goto(server.uri + path)
        return page

    @property
    def watch(self) -> Watch:
        """Who watches the page that was opened last."""
        return self._opened[-1][1]

    def close(self) -> None:
        """Closes all pages and fails when one of them had a problem."""
        for context, _ in self._opened:
            context.close()
        for _, watch in self._opened:
            watch.check()


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visits]:
    """Opens pages."""
    asked = "language" in request.fixturenames
    visits = Visits(browser, request.getfixturevalue("language") if asked else "en")
    yield visits
    visits.close()
