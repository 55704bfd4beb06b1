"""What is drawn in a chart, as its pixels have it."""

from __future__ import annotations

import dataclasses
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.texts import Texts

_PIXELS = """element => {
    const canvas = element.querySelector("canvas");
    const {width, height} = canvas;
    const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    const counts = {}, tops = new Array(width).fill(-1);
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
            const at = 4 * (y * width + x);
            const [r, g, b, a] = data.subarray(at, at + 4);
            // Axes, grid and letters are grey; a curve is not.
            if (a < 128 || Math.max(r, g, b) - Math.min(r, g, b) < 24) continue;
            if (a > 250) {
                const name = `${r},${g},${b}`;
                counts[name] = (counts[name] ?? 0) + 1;
            }
            if (tops[x] < 0) tops[x] = y;
        }
    return {width, height, counts, tops};
}"""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """The coloured pixels of a canvas: how many of each colour, and where in each column the highest is."""

    width: int
    height: int
    counts: dict[str, int]
    tops: list[int]

    def colours(self, least: int = 60) -> set[str]:
        """The colours of which there is more than a trace."""
        return {name for name, count in self.counts.items() if count >= least}


def chart(page: Page, texts: Texts, metric: str) -> Locator:
    """The panel of a metric."""
    return page.get_by_role("figure", name=texts("charts.chartOf", metric), exact=True)


def drawn(panel: Locator) -> Drawing:
    """The picture in a panel, once there is one and no finer one is on its way."""
    picture = panel.get_by_role("img").first
    expect(picture).to_have_attribute("data-drawn", "")
    expect(panel.get_by_role("progressbar")).to_have_count(0)
    # What has come at last has yet to be drawn.
    expect(picture).to_have_attribute("data-drawn", "")
    picture.scroll_into_view_if_needed()
    # Two frames later, what was asked to be drawn is drawn.
    picture.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found: dict[str, Any] = picture.evaluate(_PIXELS)
    return Drawing(**found)
