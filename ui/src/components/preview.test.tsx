// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { show } from "../testing";
import { Preview } from "./preview";

const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

beforeEach(() => {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});

/** A server with one file, which answers ranges. */
function preview(path: string, content: string | Uint8Array<ArrayBuffer>) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const asked = vi.fn(async (_: string, init?: RequestInit) => {
    const range = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get("range") ?? "");
    const part = bytes.slice(Number(range?.[1] ?? 0), Number(range?.[2] ?? bytes.length) + 1);
    return new Response(part, {
      status: 206,
      headers: { "content-range": `bytes 0-${part.length - 1}/${bytes.length}` },
    });
  });
  vi.stubGlobal("fetch", asked);
  show(<Preview owner="run/r" path={path} size={bytes.length} />);
  return asked;
}

describe("what a file contains is text", () => {
  test.each(["a.txt", "a.py", "a.xml", "a.js", "noext"])("%s", async (path) => {
    preview(path, HOSTILE);
    await waitFor(() => expect(document.querySelector("code")?.textContent).toBe(HOSTILE));
    expect(document.querySelector("section img, section script")).toBeNull();
  });

  test("in a table", async () => {
    preview("a.csv", `h,${HOSTILE.replaceAll('"', "'")}\n1,${HOSTILE.replaceAll('"', "'")}\n`);
    await waitFor(() => expect(screen.getAllByRole("gridcell").length).toBe(2));
    expect(document.querySelector("[role=grid] img, [role=grid] script")).toBeNull();
  });

  test("in JSON", async () => {
    preview("a.json", JSON.stringify({ [HOSTILE]: HOSTILE }));
    await waitFor(() => expect(screen.getAllByRole("treeitem").length).toBe(2));
    expect(document.querySelector("[role=tree] img, [role=tree] script")).toBeNull();
  });

  test("a page is in a frame without rights", async () => {
    preview("a.html", `<p>text</p>${HOSTILE}`);
    const frame = await waitFor(() => {
      const found = document.querySelector("iframe");
      expect(found).not.toBeNull();
      return found as HTMLIFrameElement;
    });
    expect(frame.getAttribute("sandbox")).toBe("");
    expect(frame.getAttribute("srcdoc")).toContain("<p>text</p>");
    expect(frame.getAttribute("srcdoc")).not.toMatch(/script|onerror="/);
  });
});

test("a drawing is an image", async () => {
  preview("a.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked=1'/>");
  await waitFor(() => expect(document.querySelector("img")?.getAttribute("src")).toContain("get-artifact?"));
  expect(document.querySelector("svg[onload]")).toBeNull();
});

test("what is no text is shown as bytes", async () => {
  preview("model.pkl", new Uint8Array([0x80, 4, 0x95, 0, 0]));
  await waitFor(() => expect(document.querySelector("pre")?.textContent).toContain("80 04 95 00 00"));
  expect(screen.getByRole("link").getAttribute("href")).toContain("path=model.pkl");
});

test("a file that is not a PDF is not shown as one", async () => {
  Object.defineProperty(navigator, "pdfViewerEnabled", { value: true, configurable: true });
  preview("a.pdf", "<script>window.hacked=1</script>");
  await waitFor(() => expect(screen.getByRole("link")).toBeTruthy());
  expect(document.querySelector("iframe")).toBeNull();
});

test("a long file is fetched in part, and says so", async () => {
  const asked = preview("a.log", "line\n".repeat(1_100_000));
  await waitFor(() => expect(screen.getByRole("note")).toBeTruthy());
  expect(new Headers(asked.mock.calls[0]?.[1]?.headers).get("range")).toBe("bytes=0-4999999");
});

test("an empty file asks for nothing", async () => {
  const asked = preview("a.txt", "");
  await waitFor(() => expect(screen.getByRole("link")).toBeTruthy());
  expect(asked).not.toHaveBeenCalled();
});
