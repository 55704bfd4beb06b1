// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { toasts } from "../state/toasts";
import { show } from "../testing";
import { Note } from "./note";

const editor = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Note in Markdown" });

function Kept({ save }: { save: (text: string) => Promise<unknown> }) {
  const [text, setText] = useState("**old**");
  return (
    <Note
      text={text}
      onSave={async (next) => {
        await save(next);
        setText(next);
      }}
    />
  );
}

test("a note is rendered, edited, previewed and saved with Ctrl-Enter", async () => {
  const save = vi.fn(async () => {});
  const { container } = show(<Kept save={save} />);
  await waitFor(() => expect(container.querySelector("strong")?.textContent).toBe("old"));
  fireEvent.click(screen.getByRole("button", { name: "Edit note" }));
  fireEvent.change(editor(), { target: { value: "_new_" } });
  fireEvent.click(screen.getByRole("radio", { name: "Preview" }));
  expect(container.querySelector("em")?.textContent).toBe("new");
  fireEvent.click(screen.getByRole("radio", { name: "Write" }));
  fireEvent.keyDown(editor(), { key: "Enter", ctrlKey: true });
  await waitFor(() => expect(screen.queryByRole("textbox")).toBeNull());
  expect(save).toHaveBeenCalledExactlyOnceWith("_new_");
  expect(container.querySelector("em")?.textContent).toBe("new");
});

test("Escape ends the writing, and what was written comes back", () => {
  show(<Kept save={vi.fn()} />);
  fireEvent.click(screen.getByRole("button", { name: "Edit note" }));
  fireEvent.keyDown(editor(), { key: "Escape", isComposing: true });
  fireEvent.change(editor(), { target: { value: "draft" } });
  fireEvent.keyDown(editor(), { key: "Escape" });
  expect(screen.queryByRole("textbox")).toBeNull();
  act(() => toasts.undo());
  expect(editor().value).toBe("draft");
});

test("a note that could not be saved is still there to save", async () => {
  show(<Kept save={() => Promise.reject(new Error("It is too long."))} />);
  fireEvent.click(screen.getByRole("button", { name: "Edit note" }));
  fireEvent.change(editor(), { target: { value: "long" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.getByRole("alert").textContent).toBe("It is too long."));
  expect(editor().value).toBe("long");
});

test("a note that others change meanwhile says so", () => {
  const { rerender } = show(<Note text="old" onSave={vi.fn()} />);
  fireEvent.click(screen.getByRole("button", { name: "Edit note" }));
  fireEvent.change(editor(), { target: { value: "mine" } });
  expect(screen.queryByText(/Somebody else/)).toBeNull();
  rerender(<Note text="theirs" onSave={vi.fn()} />);
  expect(screen.getByText(/Somebody else/)).not.toBeNull();
  expect(editor().value).toBe("mine");
});

test("a note of what is deleted is read only", () => {
  show(<Note text="" onSave={vi.fn()} readOnly />);
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByText("No note.")).not.toBeNull();
});
