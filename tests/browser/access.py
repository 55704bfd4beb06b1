"""What makes a page usable for everyone, as far as a program can tell."""

from __future__ import annotations

from typing import Final, Literal

from playwright.sync_api import Page

import hatch_build
from tests.browser.texts import node

# Charts and tables are drawn for their new width a little after it has changed.
BEYOND = """async () => {
    const find = () => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
        return [...document.querySelectorAll("body *")]
            .filter(one => one.getBoundingClientRect().right > width + 1)
            .map(one => one.outerHTML.slice(0, 160)).slice(0, 5);
    };
    for (let i = 0; i < 100 && find().length; i++) await new Promise(done => setTimeout(done, 50));
    return find();
}"""

COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours."""


def axe() -> str:
    """The script of axe-core."""
    node()
    return (hatch_build.UI / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, axe: str, about: Literal["everything", "colours", "all but colours"]) -> list[str]:
    """What axe finds, with the elements. The contrasts of colours take it longest, and hardly anything else goes by colours."""
    # Through the debugger, which the page's policy does not bind.
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate(
        """async ([about, colours]) => {
            // Colours that are on their way from one to the other are neither.
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            await Promise.allSettled(document.getAnimations().map((one) => one.finished));
            return await axe.run(document, {
            runOnly: about === "colours" ? {type: "rule", values: colours} :
                ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            resultTypes: ["violations"],
            rules: about === "all but colours" ? Object.fromEntries(colours.map(one => [one, {enabled: false}])) : {},
            });
        }""",
        [about, COLOURS],
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:300]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
        # What is open lies over the rest.
        if "partially obscured" not in node["failureSummary"]
    ]
