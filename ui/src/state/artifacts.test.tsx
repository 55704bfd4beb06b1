// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type Owner, runOwner } from "../api/artifacts";
import { ApiError } from "../api/client";
import { show } from "../testing";
import { useArtifactFolders } from "./artifacts";

const OWNERS = ["a", "b", "late"].map(runOwner);
const NONE: readonly string[] = [];
const LATE_MS = 50;

vi.mock("../api/artifacts", async (original) => ({
  ...(await original<typeof import("../api/artifacts")>()),
  listArtifacts: async (owner: Owner) => {
    if (owner === OWNERS[1]) throw new ApiError(404, "RESOURCE_DOES_NOT_EXIST", "gone");
    if (owner === OWNERS[2]) await new Promise((done) => setTimeout(done, LATE_MS));
    return { root_uri: "", files: [{ path: "loss.png", is_dir: false, file_size: 1 }] };
  },
}));

const said = new Set<string>();

function Top() {
  const top = useArtifactFolders(OWNERS, NONE, false).folders.get("");
  const text = top?.status === "ready" ? JSON.stringify(top.entries.map((entry) => entry.paths)) : top?.status;
  said.add(text ?? "");
  return text;
}

test("which runs have a file is told once all have answered, or cannot", async () => {
  show(<Top />);
  const all = '[["loss.png",null,"loss.png"]]';
  expect(await screen.findByText(all)).toBeTruthy();
  expect([...said]).toEqual(["loading", all]);
});
