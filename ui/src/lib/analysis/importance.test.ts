import { describe, expect, test } from "vitest";
import { binned, FEWEST_RUNS, type ImportanceInput, importanceOf, MOST_RUNS } from "./importance";
import { randomOf } from "./random";

/** Runs whose metric depends on x1 strongly, on x2 weakly and on x3 not at all. */
function known(n: number, noise = 0.3): ImportanceInput {
  const random = randomOf(7);
  const x1 = Float64Array.from({ length: n }, () => random());
  const x2 = Float64Array.from({ length: n }, () => random());
  const x3 = Float64Array.from({ length: n }, () => random());
  const target = Float64Array.from(
    { length: n },
    (_, i) => -4 * (x1[i] ?? 0) + 1.2 * (x2[i] ?? 0) + noise * (random() - 0.5),
  );
  const number = (id: string, values: Float64Array) => ({ id, values, kind: "number" as const });
  return { target, params: [number("x1", x1), number("x2", x2), number("x3", x3)], ranked: false };
}

const by = (input: ImportanceInput) => {
  const found = importanceOf(input);
  return { ...found, of: Object.fromEntries(found.params.map((one) => [one.id, one])) };
};

describe("importance", () => {
  test("is in the order of the true effects", () => {
    const { of, r2, runs, used } = by(known(300));
    expect(runs).toBe(300);
    expect(used).toBe(300);
    expect(r2).toBeGreaterThan(0.9);
    expect(of.x1?.share).toBeGreaterThan(0.8);
    expect(of.x2?.share).toBeGreaterThan(0.02);
    expect(of.x2?.share).toBeLessThan(0.2);
    expect(Math.abs(of.x3?.growth ?? 1)).toBeLessThan(0.03);
    expect(of.x1?.correlation?.rho).toBeLessThan(-0.9);
    expect(of.x2?.correlation?.rho).toBeGreaterThan(0.1);
    expect(of.x3?.correlation?.p).toBeGreaterThan(0.01);
  });

  test("is the same each time", () => {
    expect(importanceOf(known(120))).toEqual(importanceOf(known(120)));
  });

  test("of a metric that depends on nothing has no R² to speak of", () => {
    const input = known(200);
    const random = randomOf(3);
    const { r2 } = importanceOf({ ...input, target: input.target.map(() => random()) });
    expect(r2).toBeLessThan(0.15);
  });

  test("sees what no rank correlation sees: a valley, and two that matter only together", () => {
    const input = known(400);
    const [a, b] = [input.params[0]?.values ?? [], input.params[1]?.values ?? []];
    const target = Float64Array.from(
      input.target,
      (_, i) => ((a[i] ?? 0) > 0.5 === (b[i] ?? 0) > 0.5 ? 1 : 0) + 0.01 * (a[i] ?? 0),
    );
    const { of, r2 } = by({ ...input, target });
    expect(r2).toBeGreaterThan(0.7);
    expect(of.x1?.share).toBeGreaterThan(0.3);
    expect(of.x2?.share).toBeGreaterThan(0.3);
    expect(Math.abs(of.x2?.correlation?.rho ?? 1)).toBeLessThan(0.2);
  });

  test("of categories, in whatever order they come", () => {
    const random = randomOf(5);
    const codes = Int32Array.from({ length: 200 }, () => Math.floor(random() * 5));
    const effect = [3, -2, 3.1, 0, -2.2];
    const target = Float64Array.from(codes, (code) => (effect[code] ?? 0) + 0.2 * random());
    const noise = Float64Array.from(codes, () => random());
    const { of, r2 } = by({
      target,
      params: [
        { id: "optimizer", values: codes, kind: "category" },
        { id: "noise", values: noise, kind: "number" },
      ],
      ranked: false,
    });
    expect(r2).toBeGreaterThan(0.95);
    expect(of.optimizer?.share).toBeGreaterThan(0.95);
    expect(of.optimizer?.correlation).toBeNull();
  });

  test("a parameter that only some runs have tells by being there", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i % 2 ? 0.1 : Number.NaN));
    const target = Float64Array.from({ length: 100 }, (_, i) => (i % 2 ? 1 : 0) + 0.01 * (i % 7));
    const { of, constant } = by({ target, params: [{ id: "warmup", values, kind: "number" }], ranked: false });
    expect(constant).toEqual([]);
    expect(of.warmup?.share).toBe(1);
    expect(of.warmup?.correlation).toBeNull();
  });

  test("parameters that never vary are named, runs without the metric are left out", () => {
    const input = known(60);
    const target = input.target.map((one, i) => (i < 20 ? Number.NaN : i < 22 ? Number.POSITIVE_INFINITY : one));
    const same = { id: "epochs", values: new Float64Array(60).fill(5), kind: "number" as const };
    const gone = { id: "gone", values: new Float64Array(60).fill(Number.NaN), kind: "number" as const };
    const found = importanceOf({ ...input, target, params: [...input.params, same, gone] });
    expect(found.runs).toBe(38);
    expect(found.constant).toEqual(["epochs", "gone"]);
    expect(found.params.map((one) => one.id)).toEqual(["x1", "x2", "x3"]);
  });

  test("ranks of the metric are not swayed by a run that diverged", () => {
    const input = known(100);
    const target = input.target.map((one, i) => (i === 50 ? 1e12 : one));
    const plain = importanceOf({ ...input, target });
    const ranked = importanceOf({ ...input, target, ranked: true });
    expect(plain.r2).toBeLessThan(0.2);
    expect(ranked.r2).toBeGreaterThan(0.7);
  });

  test("of few runs, of none and of a metric that is always the same there is no forest", () => {
    const few = importanceOf(known(FEWEST_RUNS - 1));
    expect(few.r2).toBeNull();
    expect(few.params[0]).toMatchObject({ growth: null, share: null });
    expect(few.params[0]?.correlation).not.toBeNull();
    const input = known(0);
    expect(importanceOf(input)).toMatchObject({ runs: 0, r2: null });
    expect(importanceOf({ ...known(50), target: new Float64Array(50).fill(1) })).toMatchObject({ r2: null, used: 0 });
  });

  test("of very many runs takes a sample", () => {
    const found = importanceOf(known(MOST_RUNS * 2));
    expect(found).toMatchObject({ runs: MOST_RUNS * 2, used: MOST_RUNS });
    expect(found.r2).toBeGreaterThan(0.9);
  });
});

describe("bins", () => {
  test("of numbers keep their order, and runs without one have the first", () => {
    const { bins, size } = binned(Float64Array.of(3, Number.NaN, 1, 3, 2), true);
    expect([...bins]).toEqual([3, 0, 1, 3, 2]);
    expect(size).toBe(4);
  });

  test("of very many values are few", () => {
    const { bins, size } = binned(
      Float64Array.from({ length: 5000 }, (_, i) => i),
      true,
    );
    expect(size).toBeLessThanOrEqual(128);
    expect(bins[4999]).toBe(size - 1);
  });

  test("of very many categories end in one of the rest", () => {
    const { bins, size } = binned(
      Float64Array.from({ length: 1000 }, (_, i) => i),
      false,
    );
    expect(size).toBe(256);
    expect(bins[999]).toBe(255);
  });
});
