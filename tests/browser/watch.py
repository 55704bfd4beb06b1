"""What goes wrong in a page without anybody seeing it: errors, executions, violations, requests to elsewhere."""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Frame, Page, Request

_LISTEN: Final = """
if (window === window.top)
  addEventListener("securitypolicyviolation", (event) => kisekiViolation(
    `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`), true);
"""
# Tests look at pixels more often than people's pages do.
_OF_THE_TESTS: Final = "willReadFrequently"
# The browser's own viewer of PDF files has its code from the browser itself.
_LOCAL: Final = ("data:", "blob:", "about:", "chrome:", "chrome-extension:")


class Watch:
    """Listens to all pages of a context of the browser.

    Args:
        context: Has no page yet.
        origin: The server's; nothing else may be asked for anything.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.problems: list[str] = []
        self._origin = origin
        self._expected: list[re.Pattern[str]] = []
        context.expose_binding("kisekiViolation", lambda _, text: self._report("policy violated", text))
        context.add_init_script(_LISTEN)
        context.on("page", self._follow)
        context.on("dialog", self._dialog)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._report("uncaught", str(error.error)))
        context.on("request", self._request)

    def expect(self, pattern: str) -> None:
        """Takes problems that match for part of the test, those of before too."""
        self._expected.append(re.compile(pattern))

    def check(self) -> None:
        """Fails when something went wrong that was not expected."""
        found = [one for one in self.problems if not any(pattern.search(one) for pattern in self._expected)]
        assert not found, "\n".join(dict.fromkeys(found))

    def _follow(self, page: Page) -> None:
        page.on("crash", lambda _: self._report("crashed", page.url))

    def _report(self, kind: str, text: Any) -> None:
        self.problems.append(f"{kind}: {text}")

    def _dialog(self, dialog: Dialog) -> None:
        self._report("dialog", f"{dialog.type} {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and _OF_THE_TESTS not in message.text:
            self._report(f"console {message.type}", f"{message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._origin + "/", *_LOCAL)):
            self._report("request to elsewhere", request.url)


def executed(page: Page, name: str) -> list[str]:
    """The addresses of the frames in which a script has set this global."""

    def has(frame: Frame) -> bool:
        return bool(frame.evaluate("name => name in globalThis", name))

    return [frame.url for frame in page.frames if has(frame)]
