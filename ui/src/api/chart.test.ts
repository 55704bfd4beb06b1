import { expect, test } from "vitest";
import { decodeChart, isRaw } from "./chart";

/** An answer of a kiseki server: two runs' val/loss, and a metric that there is not, in three buckets. */
const ANSWER =
  "S1NLQ0hSVDEkAQAAeyJ4Ijoic3RlcCIsImJ1Y2tldHMiOjMsInNlcmllcyI6W3sicnVuX2lkIjoiOTI4MDVkZmY4ZTA2NDYwMTk2YjNhZGYx" +
  "NzkyNjA0ZjQiLCJrZXkiOiJ2YWwvbG9zcyIsInBvaW50cyI6NiwibGVuZ3RoIjozfSx7InJ1bl9pZCI6ImY4MzQyZDc2MmY0OTQ0ZmE4ZTk0" +
  "MzFlMjE1NTE3MTc0Iiwia2V5IjoidmFsL2xvc3MiLCJwb2ludHMiOjEsImxlbmd0aCI6MX0seyJydW5faWQiOiI5MjgwNWRmZjhlMDY0NjAx" +
  "OTZiM2FkZjE3OTI2MDRmNCIsImtleSI6Im5vbmUiLCJwb2ludHMiOjAsImxlbmd0aCI6MH1dfSAgICAgIAAAAAAAAAAAAAAAAAAAAEAAAAAA" +
  "AAAQQAAAAAAAAPA/AAAAAAAAIkAAAAAAAAAQQAAAAAAAAABAAAAAAAAAIkAAAAAAAAAQQAAAAAAAAPg/AAAAAAAAIkAAAAAAAAAQQAAAAAAA" +
  "AABAAAAAAAAA+H8AAAAAAADwfwIAAAACAAAAAgAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAAAAAACEAAAAAAAADgPwAAAAAAAOA/AAAAAAAA" +
  "4D8AAAAAAADgPwEAAAAAAAAAAAAAAAAAAAA=";

const bytes = () => Uint8Array.from(atob(ANSWER), (char) => char.charCodeAt(0));
const A = "92805dff8e06460196b3adf1792604f4";
const B = "f8342d762f4944fa8e9431e215517174";

const columns = (data: ArrayBuffer) =>
  decodeChart(data).map((one) => ({
    ...one,
    ...Object.fromEntries(
      (["x", "min", "max", "mean", "last", "count", "nonfinite"] as const).map((name) => [name, [...one[name]]]),
    ),
  }));

const EXPECTED = [
  {
    runId: A,
    key: "val/loss",
    points: 6,
    x: [0, 2, 4],
    min: [1, 9, 4],
    max: [2, 9, 4],
    mean: [1.5, 9, 4],
    last: [2, Number.NaN, Number.POSITIVE_INFINITY],
    count: [2, 2, 2],
    nonfinite: [0, 1, 1],
  },
  {
    runId: B,
    key: "val/loss",
    points: 1,
    x: [3],
    min: [0.5],
    max: [0.5],
    mean: [0.5],
    last: [0.5],
    count: [1],
    nonfinite: [0],
  },
  { runId: A, key: "none", points: 0, x: [], min: [], max: [], mean: [], last: [], count: [], nonfinite: [] },
];

test("a server's answer", () => {
  expect(columns(bytes().buffer)).toEqual(EXPECTED);
  expect(decodeChart(bytes().buffer).map(isRaw)).toEqual([false, true, true]);
});

test("the server pads its header so that columns are views of the answer", () => {
  const data = bytes().buffer;
  expect((12 + new DataView(data).getUint32(8, true)) % 8).toBe(0);
  expect(decodeChart(data)[0]?.x.buffer).toBe(data);
});

test("a header without padding does no harm", () => {
  const whole = bytes();
  const length = new DataView(whole.buffer).getUint32(8, true);
  const text = new TextDecoder().decode(whole.subarray(12, 12 + length)).trimEnd();
  const header = new TextEncoder().encode(text);
  const data = new Uint8Array(12 + header.length + whole.length - 12 - length);
  data.set(whole.subarray(0, 8));
  new DataView(data.buffer).setUint32(8, header.length, true);
  data.set(header, 12);
  data.set(whole.subarray(12 + length), 12 + header.length);
  expect(data.length % 8).not.toBe(0);
  expect(columns(data.buffer)).toEqual(EXPECTED);
});

test("what is no chart, and what ends too early, is refused", () => {
  expect(() => decodeChart(new TextEncoder().encode('{"error_code": "X"}').buffer as ArrayBuffer)).toThrow("no chart");
  expect(() => decodeChart(new ArrayBuffer(4))).toThrow("no chart");
  expect(() => decodeChart(bytes().slice(0, 400).buffer)).toThrow();
});
