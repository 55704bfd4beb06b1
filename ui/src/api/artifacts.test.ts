// @vitest-environment jsdom
import { describe, expect, test, vi } from "vitest";
import { artifactUrl, besideUrl, listArtifacts, modelOwner, readArtifact, runOwner, zipUrl } from "./artifacts";
import { pathPart } from "./client";
import { deleteModelTag, findModels, getModel } from "./endpoints";

const path = (address: string) => address.replace(document.baseURI, "");

/** A server that answers everything with this. */
function server(answer: object) {
  const asked = vi.fn(async (_: string, __?: RequestInit) => new Response(JSON.stringify(answer)));
  vi.stubGlobal("fetch", asked);
  return asked;
}

describe("addresses of files", () => {
  const run = runOwner("r1");
  const model = modelOwner("m-1");

  test("of a run", () => {
    expect(path(artifactUrl(run, "a b/c.png", 3))).toBe("get-artifact?run_id=r1&path=a+b%2Fc.png&v=3");
    expect(path(zipUrl(run, ""))).toBe("api/kiseki/v1/artifacts/zip?run_id=r1");
  });

  test("of a model", () => {
    expect(path(artifactUrl(model, "a/c.png"))).toBe(
      "ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=a%2Fc.png",
    );
    expect(path(zipUrl(model, "code"))).toBe("api/kiseki/v1/artifacts/zip?model_id=m-1&path=code");
  });

  test("beside another file", () => {
    expect(path(besideUrl(model, "docs/a.md", "../b.png") ?? "")).toMatch(/artifact_file_path=b.png$/);
    expect(besideUrl(model, "a.md", "../b.png")).toBeNull();
  });

  test("of folders and parts", async () => {
    const asked = server({ root_uri: "x" });
    await listArtifacts(model, "code");
    await listArtifacts(run, "");
    await readArtifact(model, "MLmodel", 10);
    expect(asked.mock.calls.map(([address]) => path(address))).toEqual([
      "ajax-api/2.0/mlflow/logged-models/m-1/artifacts/directories?artifact_directory_path=code",
      "ajax-api/2.0/mlflow/artifacts/list?run_id=r1",
      "ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=MLmodel",
    ]);
    expect(new Headers(asked.mock.calls[2]?.[1]?.headers).get("range")).toBe("bytes=0-9");
  });
});

describe("what would be another address is none", () => {
  test.each(["", ".", ".."])("%j", async (text) => {
    const asked = server({});
    expect(() => pathPart(text)).toThrow("address");
    expect(() => artifactUrl(modelOwner(text), "a")).toThrow("address");
    await expect(async () => deleteModelTag("m-1", text)).rejects.toThrow("address");
    await expect(getModel(text)).rejects.toThrow("address");
    expect(asked).not.toHaveBeenCalled();
  });

  test.each([
    ["a/b", "a%2Fb"],
    ["../x", "..%2Fx"],
    ["%2e%2e", "%252e%252e"],
    ["?#", "%3F%23"],
  ])("%j is one part: %s", (text, part) => {
    expect(pathPart(text)).toBe(part);
    expect(path(new URL(`a/${pathPart(text)}`, document.baseURI).href)).toBe(`a/${part}`);
  });
});

test("lists that are empty are there", async () => {
  server({ models: [{ info: { model_id: "m-1" }, data: {} }] });
  expect(await findModels({ experiment_ids: ["1"] })).toEqual({
    models: [{ info: { model_id: "m-1", tags: [] }, data: { params: [], metrics: [] } }],
    next_page_token: "",
  });
  server({});
  expect(await findModels({ experiment_ids: ["1"] })).toEqual({ models: [], next_page_token: "" });
});
