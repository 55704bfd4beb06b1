// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { toasts } from "../state/toasts";
import { show } from "../testing";
import { TagChips, TagList } from "./tag-list";

const TAGS = [
  { key: "stage", value: "research" },
  { key: "team", value: "vision" },
];

const form = async () => within(await screen.findByRole("dialog"));

test("a tag is added", async () => {
  const set = vi.fn(async () => {});
  show(<TagList tags={TAGS} onSet={set} onDelete={vi.fn()} />);
  fireEvent.click(screen.getByRole("button", { name: "Add tag" }));
  const dialog = await form();
  const save = dialog.getByRole<HTMLButtonElement>("button", { name: "Save" });
  const key = dialog.getByRole("textbox", { name: "Key" });
  expect(save.disabled).toBe(true);
  for (const taken of ["team", "mlflow.user", "kiseki.x"]) {
    fireEvent.change(key, { target: { value: taken } });
    expect(save.disabled).toBe(true);
  }
  fireEvent.change(key, { target: { value: " phase " } });
  fireEvent.change(dialog.getByRole("textbox", { name: "Value" }), { target: { value: "two" } });
  fireEvent.keyDown(dialog.getByRole("textbox", { name: "Value" }), { key: "Enter" });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(set).toHaveBeenCalledExactlyOnceWith("phase", "two");
});

test("a tag is changed; a refusal keeps what was typed", async () => {
  const set = vi.fn(() => Promise.reject(new Error("No.")));
  show(<TagList tags={TAGS} onSet={set} onDelete={vi.fn()} />);
  fireEvent.click(screen.getByRole("button", { name: /team/ }));
  const dialog = await form();
  fireEvent.change(dialog.getByRole("textbox", { name: "Value" }), { target: { value: "speech" } });
  fireEvent.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(dialog.getByRole("alert").textContent).toBe("No."));
  expect(set).toHaveBeenCalledExactlyOnceWith("team", "speech");
  expect(dialog.getByRole<HTMLTextAreaElement>("textbox", { name: "Value" }).value).toBe("speech");
});

test("a deletion is undone", async () => {
  const set = vi.fn(async () => {});
  const remove = vi.fn(async () => {});
  show(<TagList tags={TAGS} onSet={set} onDelete={remove} />);
  fireEvent.click(screen.getByRole("button", { name: /stage/ }));
  fireEvent.click((await form()).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(remove).toHaveBeenCalledExactlyOnceWith("stage"));
  await waitFor(() => expect(toasts.items.at(-1)?.text).toContain("stage"));
  act(() => toasts.undo());
  expect(set).toHaveBeenCalledExactlyOnceWith("stage", "research");
});

test("tags to look at: the first few, and how many more", () => {
  show(<TagChips tags={[...TAGS, { key: "a", value: "" }]} most={2} />);
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "stage: research",
    "team: vision",
    "+1",
  ]);
  expect(screen.queryByRole("button")).toBeNull();
});
