"""Pictures of every page, in both languages and themes and on a phone: ``python -m tests.browser.screenshots``.

They are written to `build/screenshots`, with a page that shows them all beside each other.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import itertools
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

from bench.ui_browser import PHONE, WIDE, launch
from tests.browser.conftest import LOCALES
from tests.browser.pages import PAGES
from tests.browser.places import ROOT, demo_place, models_place
from tests.browser.texts import Texts
from tests.faults.server import Target

FOLDER = ROOT / "build" / "screenshots"
KINDS = [
    *itertools.product(("en", "ja"), ("light", "dark"), ("wide",)),
    *itertools.product(("en", "ja"), ("light",), ("phone",)),
]


def main() -> int:
    """Takes all pictures, or those of the pages whose name has the given word."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="only pages whose name has it")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=30_000)
    failed = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = {
            "demo": stack.enter_context(demo_place(folder / "demo")),
            "models": stack.enter_context(models_place(folder / "models")),
            "empty": stack.enter_context(Target(folder / "empty")),
        }
        browser = launch(stack.enter_context(sync_playwright()))
        pages = [shown for shown in PAGES if options.word in shown.name]
        for language, theme, size in KINDS:
            texts = Texts(browser.new_page(), language)
            width, height = PHONE if size == "phone" else WIDE
            context = browser.new_context(
                locale=LOCALES[language],
                color_scheme="dark" if theme == "dark" else "light",
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
                device_scale_factor=2 if size == "phone" else 1,
                has_touch=size == "phone",
            )
            page = context.new_page()
            for shown in pages:
                path = FOLDER / f"{shown.name}.{language}.{theme}.{size}.png"
                try:
                    shown.open(page, servers[shown.server], texts)
                except (AssertionError, Error) as error:
                    failed.append(f"{path.name}: {str(error).splitlines()[0]}")
                page.screenshot(path=path)
                print(path.relative_to(ROOT), flush=True)
            context.close()
        browser.close()
    sheet = FOLDER / "index.html"
    sheet.write_text(_sheet(), encoding="utf-8")
    print(f"\n{len(list(FOLDER.glob('*.png')))} pictures; all of them beside each other: {sheet.relative_to(ROOT)}")
    for one in failed:
        print(f"! {one}", file=sys.stderr)
    return 1 if failed else 0


def _sheet() -> str:
    names = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.png")})
    rows = []
    for name in names:
        pictures = "".join(
            f'<a href="{html.escape(path.name)}"><img src="{html.escape(path.name)}" alt="{html.escape(path.name)}" '
            f'height="300" loading="lazy"></a>'
            for path in sorted(FOLDER.glob(f"{name}.*.png"))
        )
        rows.append(f"<h2>{html.escape(name)}</h2><p>{pictures}</p>")
    return f"<!doctype html><meta charset=utf-8><title>kiseki</title>{''.join(rows)}"


if __name__ == "__main__":
    sys.exit(main())
