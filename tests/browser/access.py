"""What makes a page usable for everyone, as far as a program can tell."""

from __future__ import annotations

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


def axe() -> str:
    """The script of axe-core."""
    node()
    return (hatch_build.UI / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, axe: str, *, colours: bool) -> list[str]:
    """What axe finds, with the elements; the contrasts of colours, which take it longest, only where they are wanted."""
    # Through the debugger, which the page's policy does not bind.
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate(
        """async (colours) => {
            // Colours that are on their way from one to the other are neither.
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            await Promise.allSettled(document.getAnimations().map((one) => one.finished));
            return await axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            resultTypes: ["violations"],
            rules: {"color-contrast": {enabled: colours}},
            });
        }""",
        colours,
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:300]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
        # What is open lies over the rest.
        if "partially obscured" not in node["failureSummary"]
    ]
