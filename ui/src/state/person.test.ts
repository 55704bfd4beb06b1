// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { get, post } from "../api/client";
import { MOST_NAME_CHARS, person } from "./person";

beforeEach(() => person.rename(""));

test("changes are sent with the name, and questions without it", async () => {
  const asked = vi.fn(async (_: string, __?: RequestInit) => new Response("{}"));
  vi.stubGlobal("fetch", asked);
  await post("a", {});
  person.rename(" 軌跡 花子 ");
  await post("a", {});
  await get("a");
  expect(asked.mock.calls.map(([, init]) => (init?.headers as Record<string, string>)?.["x-kiseki-user"])).toEqual([
    undefined,
    encodeURIComponent("軌跡 花子"),
    undefined,
  ]);
  vi.unstubAllGlobals();
});

test("a name is kept, as far as the server takes it", () => {
  person.rename("x".repeat(MOST_NAME_CHARS + 1));
  expect(person.name).toHaveLength(MOST_NAME_CHARS);
  person.rename("a\ud83d");
  expect(person.name).toBe("a");
  expect(localStorage.getItem("kiseki-user")).toBe("a");
});
