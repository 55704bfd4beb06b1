// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import { artifactUrl, besideUrl, listArtifacts, versionOwner, zipUrl } from "./artifacts";
import { findRegisteredModels, getRules, getVersionFiles, listMoves } from "./registry";

const path = (address: string) => address.replace(document.baseURI, "");

/** A server that answers everything with this. */
function server(answer: object) {
  const asked = vi.fn(async (_: string, __?: RequestInit) => new Response(JSON.stringify(answer)));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("files of a version", async () => {
  const owner = versionOwner("churn live", "3");
  expect(path(artifactUrl(owner, "a/b.png"))).toBe(
    "model-versions/get-artifact?name=churn+live&version=3&path=a%2Fb.png",
  );
  expect(path(zipUrl(owner, "code"))).toBe("api/kiseki/v1/registry/zip?name=churn+live&version=3&path=code");
  expect(path(besideUrl(owner, "docs/a.md", "../b.png") ?? "")).toMatch(/version=3&path=b.png$/);
  const asked = server({ root_uri: "x" });
  await listArtifacts(owner, "");
  expect(path(asked.mock.calls[0]?.[0] ?? "")).toBe("api/kiseki/v1/registry/artifacts?name=churn+live&version=3");
});

test("what the wire leaves out is filled in", async () => {
  const asked = server({ registered_models: [{ name: "churn", latest_versions: [{ name: "churn", version: "1" }] }] });
  const found = await findRegisteredModels({ filter: "", order_by: "name ASC", max_results: 5, page_token: "" });
  expect(path(asked.mock.calls[0]?.[0] ?? "")).toBe(
    "ajax-api/2.0/mlflow/registered-models/search?max_results=5&order_by=name+ASC",
  );
  expect(found.next).toBe("");
  expect(found.items[0]).toMatchObject({ description: "", tags: [], aliases: [] });
  expect(found.items[0]?.latest_versions[0]).toMatchObject({ current_stage: "None", aliases: [], run_id: "" });
  server({});
  expect((await findRegisteredModels({ filter: "", order_by: "", max_results: 5, page_token: "" })).items).toEqual([]);
});

test("moves and rules", async () => {
  const asked = server({ moves: [{ number: 1, verdicts: [{ check: "a", passed: true }] }], next_page_token: "t" });
  const found = await listMoves("churn", { status: "DONE", max_results: 1 });
  expect(path(asked.mock.calls[0]?.[0] ?? "")).toBe(
    "api/kiseki/v1/registry/moves?name=churn&status=DONE&max_results=1",
  );
  expect(found).toEqual({ items: [{ number: 1, verdicts: [{ check: "a", passed: true, detail: "" }] }], next: "t" });
  server({ rules: { protected_aliases: [], approved_aliases: [], approved_stages: [], checks: [{ report: "r" }] } });
  expect((await getRules("churn")).checks).toEqual([{ target: "", filter: "", report: "r" }]);
});

test("files that nobody knows are not none", async () => {
  server({ known: false });
  expect(await getVersionFiles("churn", "1")).toBeNull();
  server({ known: true });
  expect(await getVersionFiles("churn", "1")).toEqual([]);
});
