import { expect, test } from "vitest";
import { findSpikes } from "./spikes";

/** Noise that is the same in each run of the test (mulberry32). */
function random(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function noise(buckets: number, each: number) {
  const next = random(7);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const [low, high, mean] = [new Float64Array(buckets), new Float64Array(buckets), new Float64Array(buckets)];
  for (let i = 0; i < buckets; i++) {
    const values = Array.from({ length: each }, gauss);
    low[i] = Math.min(...values);
    high[i] = Math.max(...values);
    mean[i] = values.reduce((sum, one) => sum + one, 0) / each;
  }
  return { low, high, mean };
}

test("noise has hardly a spike", () => {
  for (const each of [1, 2, 10, 100]) {
    const { low, high, mean } = noise(1000, each);
    const { up, down } = findSpikes(low, high, mean);
    expect(up.length + down.length).toBeLessThan(6);
  }
});

test("buckets of two points among buckets of one are no spikes for that", () => {
  const { low, high, mean } = noise(2000, 1);
  for (let i = 0; i < 2000; i += 3) {
    low[i] = Math.min(low[i] ?? 0, low[i + 1] ?? 0);
    high[i] = Math.max(high[i] ?? 0, high[i + 1] ?? 0);
  }
  const { up, down } = findSpikes(low, high, mean);
  expect(up.length + down.length).toBeLessThan(20);
});

test("one value that stands out is found, upwards and downwards", () => {
  const { low, high, mean } = noise(1000, 100);
  high[500] = 20;
  low[700] = -20;
  const found = findSpikes(low, high, mean);
  expect(found.up).toContain(500);
  expect(found.down).toContain(700);
});

test("a spike out of a constant, at the ends and beside a gap", () => {
  const low = Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, Number.NaN, 1);
  const high = Float64Array.of(9, 1, 1, 1, 1, 1, 1, 1, Number.NaN, 2);
  expect(findSpikes(low, high, low)).toEqual({ up: [0, 9], down: [] });
  expect(findSpikes(new Float64Array(0), new Float64Array(0), new Float64Array(0))).toEqual({ up: [], down: [] });
});
