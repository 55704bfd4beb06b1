"""Debian's Chromium, driven by Playwright: for the tests of the web UI, its pictures and its benchmark."""

import os
import shutil
from typing import Final

from playwright.sync_api import Browser, Playwright

_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
# The first is the same engine without what shows windows: a page costs half the time.
CHROMIUM: Final = os.environ.get("KISEKI_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
"""The browser's path; None where there is none."""

FLAGS: Final = (
    # CI is root in a container, where Chromium's own sandbox can not work.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    # The browser asks nobody for anything of its own.
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
)

WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)


def launch(playwright: Playwright) -> Browser:
    """Starts the browser, without a window.

    Raises:
        RuntimeError: There is none.
    """
    if CHROMIUM is None:
        raise RuntimeError(
            "no Chromium: install it (apt-get install chromium-headless-shell), or name one in KISEKI_CHROMIUM"
        )
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
