import { expect, test, vi } from "vitest";
import type { ChartRequest, ChartSeries } from "../../api/chart";
import { ApiError } from "../../api/client";
import { type Asked, ChartLoader, type ChartQuestion, plan } from "./chart-loader";
import { series } from "./series.fixture";

const question = (key: string, more: Partial<ChartQuestion> = {}): ChartQuestion => ({
  key,
  x: "step",
  buckets: 500,
  range: null,
  ...more,
});

/** A server whose series have two points in a bucket each, so that nothing is raw. */
function server(
  answer = (one: { run_id: string; key: string }) =>
    series({ runId: one.run_id, key: one.key, x: [0, 5], mean: [1, 2], count: [2, 2] }),
) {
  return vi.fn(
    async (request: ChartRequest, _signal?: AbortSignal): Promise<ChartSeries[]> => request.series.map(answer),
  );
}

const asked = (runs: number, keys: string[], range: [number, number] | null): Asked[] =>
  keys.flatMap((key) =>
    Array.from({ length: runs }, (_, i) => ({ runId: `r${i}`, question: question(key, { range }) })),
  );

test("metrics without a range are asked one by one, with a range together", () => {
  expect(plan(asked(10, ["a", "b", "c"], null)).map(({ parts }) => parts.length)).toEqual([10, 10, 10]);
  expect(plan(asked(10, ["a", "b", "c"], [0, 9])).map(({ parts }) => parts.length)).toEqual([30]);
});

test("many series are split between metrics, and always below what the server takes", () => {
  expect(plan(asked(50, ["a", "b", "c", "d"], [0, 9])).map(({ parts }) => parts.length)).toEqual([100, 100]);
  expect(plan(asked(4500, ["a"], null)).map(({ parts }) => parts.length)).toEqual([2000, 2000, 500]);
  const long = plan(asked(1500, ["あ".repeat(250)], null));
  expect(long.length).toBeGreaterThan(1);
  for (const { request } of long)
    expect(new TextEncoder().encode(JSON.stringify(request)).length).toBeLessThan(2 ** 20);
});

test("panels that ask at once share requests, and what is there is not asked again", async () => {
  const fetch = server();
  const loader = new ChartLoader(fetch);
  const both = await Promise.all([
    loader.load(["r1", "r2"], question("loss", { range: [0, 9] })),
    loader.load(["r1", "r2"], question("acc", { range: [0, 9] })),
  ]);
  expect(fetch).toHaveBeenCalledTimes(1);
  expect(both[0]?.map((one) => [one.runId, one.key])).toEqual([
    ["r1", "loss"],
    ["r2", "loss"],
  ]);
  await loader.load(["r2", "r3", "r1"], question("loss", { range: [0, 9] }));
  expect(fetch.mock.calls[1]?.[0].series).toEqual([{ run_id: "r3", key: "loss" }]);
  await loader.load(["r3"], question("loss", { range: [0, 9] }));
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("the same question that is under way is asked once", async () => {
  const fetch = server();
  const loader = new ChartLoader(fetch);
  await Promise.all([loader.load(["r1"], question("a")), loader.load(["r1"], question("a"))]);
  expect(fetch.mock.calls.map(([request]) => request.series.length)).toEqual([1]);
});

test("after a change only the runs that changed are asked again", async () => {
  const fetch = server();
  const loader = new ChartLoader(fetch);
  await loader.load(["r1", "r2"], question("loss"));
  loader.touch(["r2"]);
  await loader.load(["r1", "r2"], question("loss"));
  expect(fetch.mock.calls[1]?.[0].series).toEqual([{ run_id: "r2", key: "loss" }]);
  loader.touch(null);
  await loader.load(["r1", "r2"], question("loss"));
  expect(fetch.mock.calls[2]?.[0].series).toHaveLength(2);
});

test("a change while the answer is under way makes it old", async () => {
  const fetch = server();
  const loader = new ChartLoader(fetch);
  const first = loader.load(["r1"], question("loss"));
  loader.touch(["r1"]);
  await first;
  await loader.load(["r1"], question("loss"));
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("a series of which nothing was reduced answers for every range", async () => {
  const fetch = server((one) => series({ runId: one.run_id, key: one.key, x: [0, 5, 9], mean: [1, 2, 3] }));
  const loader = new ChartLoader(fetch);
  await loader.load(["r1"], question("loss"));
  const [found] = await loader.load(["r1"], question("loss", { range: [4, 6], buckets: 1000 }));
  expect([...(found?.x ?? [])]).toEqual([5]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("runs that are gone are left out, the others are there", async () => {
  const fetch = vi.fn(async (request: ChartRequest) => {
    if (request.series.some((one) => one.run_id === "gone"))
      throw new ApiError(404, "RESOURCE_DOES_NOT_EXIST", "Run 'gone' not found");
    return request.series.map((one) => series({ runId: one.run_id, key: one.key, x: [1], mean: [1] }));
  });
  const found = await new ChartLoader(fetch).load(["a", "gone", "b", "c"], question("loss"));
  expect(found.map((one) => [one.runId, one.points])).toEqual([
    ["a", 1],
    ["gone", 0],
    ["b", 1],
    ["c", 1],
  ]);
});

test("an error reaches all who wait, and the next question is asked anew", async () => {
  const fetch = server();
  fetch.mockRejectedValueOnce(new Error("lost"));
  const loader = new ChartLoader(fetch);
  const both = await Promise.allSettled([loader.load(["a"], question("x")), loader.load(["a"], question("x"))]);
  expect(both.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  expect(await loader.load(["a"], question("x"))).toHaveLength(1);
});

test("a request that nobody waits for any more is ended", async () => {
  let signal: AbortSignal | undefined;
  const fetch = vi.fn(
    (_: ChartRequest, given?: AbortSignal) =>
      new Promise<ChartSeries[]>((_, reject) => {
        signal = given;
        given?.addEventListener("abort", () => reject(given.reason));
      }),
  );
  const loader = new ChartLoader(fetch);
  const [one, two] = [new AbortController(), new AbortController()];
  const waits = Promise.allSettled([
    loader.load(["a"], question("x"), one.signal),
    loader.load(["a"], question("x"), two.signal),
  ]);
  await vi.waitFor(() => expect(fetch).toHaveBeenCalled());
  one.abort();
  expect(signal?.aborted).toBe(false);
  two.abort();
  expect(signal?.aborted).toBe(true);
  await waits;
});

test("what was used longest ago goes when there is too much", async () => {
  const fetch = server();
  const loader = new ChartLoader(fetch, 2 * 2 * 48);
  await loader.load(["a"], question("x"));
  await loader.load(["b"], question("x"));
  await loader.load(["a"], question("x"));
  await loader.load(["c"], question("x"));
  await loader.load(["a"], question("x"));
  expect(fetch).toHaveBeenCalledTimes(3);
  await loader.load(["b"], question("x"));
  expect(fetch).toHaveBeenCalledTimes(4);
});
