// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../testing";
import { Patch } from "./patch";

const head = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
const added = (lines: number) =>
  `@@ -0,0 +1,${lines} @@\n${Array.from({ length: lines }, (_, i) => `+x = ${i}\n`).join("")}`;

const heads = () => screen.getAllByRole("button", { expanded: true }).map((one) => one.textContent);

test("a small patch is open, and its files are folded one by one or all at once", () => {
  show(<Patch text={head("a.py") + added(1) + head("b.txt") + added(2)} />);
  expect(heads()).toEqual(["a.py+1 −0", "b.txt+2 −0"]);
  fireEvent.click(screen.getByRole("button", { name: /^a\.py/ }));
  expect(heads()).toEqual(["b.txt+2 −0"]);
  fireEvent.click(screen.getByRole("button", { name: "Unfold all" }));
  fireEvent.click(screen.getByRole("button", { name: "Fold all" }));
  expect(screen.queryAllByRole("button", { expanded: true })).toEqual([]);
});

test("a large patch is folded, and a file shows no more lines than a page can have", () => {
  show(<Patch text={head("long.py") + added(3_000)} />);
  const file = screen.getByRole("button", { name: /^long\.py/ });
  expect(file.getAttribute("aria-expanded")).toBe("false");
  fireEvent.click(file);
  const lines = screen.getByRole("region", { name: "long.py" });
  expect(lines.querySelectorAll("[data-kind]").length).toBe(2_000);
  expect(within(lines).getByText(/2,000 of 3,001/)).toBeTruthy();
});

test("a line's kind is that of its mark, whatever the code is", () => {
  show(<Patch text={`${head("a.py")}@@ -1,2 +1,2 @@ def f():\n # --- a\n-"""+\n+'''-\n`} />);
  const lines = [...screen.getByRole("region", { name: "a.py" }).querySelectorAll("[data-kind]")];
  expect(lines.map((line) => [line.getAttribute("data-kind"), line.textContent])).toEqual([
    ["hunk", "@@ -1,2 +1,2 @@ def f():\n"],
    ["same", " # --- a\n"],
    ["remove", '-"""+\n'],
    ["add", "+'''-\n"],
  ]);
});

test("a string that was left open before is not open in what took its place", () => {
  show(<Patch text={`${head("a.py")}@@ -1,3 +1,3 @@\n x = 1\n-y = """open\n+y = 2\n z = 3\n`} />);
  const lines = [...screen.getByRole("region", { name: "a.py" }).querySelectorAll("[data-kind]")];
  const strings = lines.map((line) => line.querySelector("[class*=string]")?.textContent ?? null);
  expect(strings).toEqual([null, null, '"""open', null, null]);
});

test("a file that is no text says so", () => {
  show(<Patch text={"diff --git a/x.png b/x.png\nindex 1..2\nGIT binary patch\nliteral 3\nKc$abc\n\n"} />);
  expect(screen.getByText(/no text/)).toBeTruthy();
});

test("a text without heads is shown as it is", () => {
  show(<Patch text={"nothing that is known\n+but a line"} />);
  expect(screen.getByText(/nothing that is known/)).toBeTruthy();
});
