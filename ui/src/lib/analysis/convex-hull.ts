/** The smallest shape without a dent around some points. */

export type Point = readonly [number, number];

/** The corners of the hull, anticlockwise (Andrew's monotone chain, 1979); fewer than three when there is no area. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length < 3) return sorted;
  const half = (given: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of given) {
      for (
        let a = chain.at(-2), b = chain.at(-1);
        a && b && turn(a, b, point) <= 0;
        a = chain.at(-2), b = chain.at(-1)
      ) {
        chain.pop();
      }
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** Above zero when the way from a over b to c turns left. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
