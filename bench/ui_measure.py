"""What a person waits for, measured in the browser: scripts, the first paint, rows, frames while scrolling, curves."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from bench.ui_browser import WIDE

_TIMEOUT_MS = 120_000

# Keeps when something was asked for, and calls back in the first frame in which it is there.
_SOON = """
globalThis.benchUntil = (ready) => new Promise((resolve, reject) => {
    const began = performance.now();
    const look = () => {
        // What a frame shows is there when the next one begins.
        if (ready()) requestAnimationFrame(() => resolve(performance.now()));
        else if (performance.now() - began > 110000) reject(new Error("it did not come"));
        else requestAnimationFrame(look);
    };
    look();
});
globalThis.benchClick = async (find, ready) => {
    const element = find();
    const began = performance.now();
    element.click();
    return await globalThis.benchUntil(ready) - began;
};
"""

_FRAMES = """
globalThis.benchFrames = [];
globalThis.benchTasks = [];
new PerformanceObserver((list) => benchTasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask", buffered: false });
let before = performance.now();
const frame = (now) => { benchFrames.push(now - before); before = now; requestAnimationFrame(frame); };
requestAnimationFrame((now) => { before = now; requestAnimationFrame(frame); });
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """How a page came: scripts as they were sent (kB), the first paint and the wanted content (ms after the request)."""

    script_kilobytes: float
    first_paint: float
    content: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scroll:
    """The longest frame and the longest task of the main thread while scrolling (ms), and how many frames there were."""

    longest_frame: float
    longest_task: float
    frames: int


@contextlib.contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own, with nothing cached."""
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-US")
    context.set_default_timeout(_TIMEOUT_MS)
    context.add_init_script(_SOON)
    try:
        yield context.new_page()
    finally:
        context.close()


def arrive(page: Page, address: str, ready: str) -> Arrival:
    """Opens an address and waits for the content, whose presence the JavaScript expression `ready` tells."""
    page.goto(address, wait_until="commit")
    content = page.evaluate(f"benchUntil(() => {ready})")
    found: dict[str, Any] = page.evaluate(
        """async () => {
            const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
            for (let i = 0; i < 100 && paint() === undefined; i++) await new Promise((done) => setTimeout(done, 20));
            const scripts = performance.getEntriesByType("resource")
                .filter((one) => /\\.js(\\?|$)/.test(one.name));
            return { paint: paint(), bytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0) };
        }"""
    )
    return Arrival(script_kilobytes=found["bytes"] / 1000, first_paint=found["paint"], content=content)


def click(page: Page, find: str, ready: str) -> float:
    """Clicks the element that the expression `find` gives; milliseconds until `ready` holds and was painted."""
    milliseconds: float = page.evaluate(f"benchClick(() => {find}, () => {ready})")
    return milliseconds


def scroll(page: Page, x: int, y: int, *, turns: int, pixels: int) -> Scroll:
    """Turns the wheel over a place of the page, as fast as frames come, and watches the frames."""
    page.mouse.move(x, y)
    page.evaluate(_FRAMES)
    for _ in range(turns):
        page.mouse.wheel(0, pixels)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    found: dict[str, Any] = page.evaluate("({ frames: benchFrames, tasks: benchTasks })")
    return Scroll(
        longest_frame=max(found["frames"], default=0.0),
        longest_task=max(found["tasks"], default=0.0),
        frames=len(found["frames"]),
    )
