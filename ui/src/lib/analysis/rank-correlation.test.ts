import { describe, expect, test } from "vitest";
import { incompleteBeta, ranks, spearman } from "./rank-correlation";

test("ranks share their mean where values are the same", () => {
  expect([...ranks([10, 20, 20, 5])]).toEqual([2, 3.5, 3.5, 1]);
  expect([...ranks([])]).toEqual([]);
});

test("the incomplete beta function", () => {
  // scipy.special.betainc(a, b, x)
  expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 12);
  expect(incompleteBeta(0.9, 4, 0.5)).toBeCloseTo(0.3733749174, 9);
  expect(incompleteBeta(0, 1, 1)).toBe(0);
  expect(incompleteBeta(1, 1, 1)).toBe(1);
});

describe("Spearman's correlation", () => {
  test("without ties", () => {
    // scipy.stats.spearmanr
    const found = spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]);
    expect(found?.rho).toBeCloseTo(0.8207826817, 9);
    expect(found?.p).toBeCloseTo(0.0885870053, 8);
    expect(found?.n).toBe(5);
  });

  test("of any rising curve is 1, of a falling one -1", () => {
    const x = [1, 2, 3, 4, 5, 6];
    expect(spearman(x, x.map(Math.exp))?.rho).toBe(1);
    expect(
      spearman(
        x,
        x.map((one) => -(one ** 3)),
      ),
    ).toMatchObject({ rho: -1, p: 0 });
  });

  test("the interval is around it and narrows with more pairs", () => {
    const noisy = (n: number) => {
      const x = Array.from({ length: n }, (_, i) => i);
      return spearman(
        x,
        x.map((one) => one + ((one * 7919) % n)),
      );
    };
    const few = noisy(20);
    const many = noisy(2000);
    expect(few && few.low < few.rho && few.rho < few.high && few.low >= -1 && few.high <= 1).toBe(true);
    expect(few && many && many.high - many.low < (few.high - few.low) / 3).toBe(true);
  });

  test("leaves out pairs without a finite number", () => {
    const found = spearman([1, 2, Number.NaN, 3, 4, 5], [1, 2, 3, Number.POSITIVE_INFINITY, 4, 5]);
    expect(found).toMatchObject({ n: 4, rho: 1 });
  });

  test("is none for what never varies or is too little", () => {
    expect(spearman([1, 1, 1, 1], [1, 2, 3, 4])).toBeNull();
    expect(spearman([1, 2, 3], [1, 2, 3])).toBeNull();
  });
});
