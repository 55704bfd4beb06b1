/** Runs that no other run beats in both of two figures. */

export type Direction = "min" | "max";

/** Positions of the pairs on the Pareto front, in the order of x; pairs that are the same are on it together. */
export function paretoFront(x: ArrayLike<number>, y: ArrayLike<number>, xBest: Direction, yBest: Direction): number[] {
  const sx = xBest === "min" ? 1 : -1;
  const sy = yBest === "min" ? 1 : -1;
  const cost = (values: ArrayLike<number>, sign: number, i: number) => sign * (values[i] ?? Number.NaN);
  const order: number[] = [];
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(x[i]) && Number.isFinite(y[i])) order.push(i);
  }
  order.sort((a, b) => cost(x, sx, a) - cost(x, sx, b) || cost(y, sy, a) - cost(y, sy, b));
  const front: number[] = [];
  for (const i of order) {
    const last = front[front.length - 1];
    if (last === undefined || cost(y, sy, i) < cost(y, sy, last) || (x[i] === x[last] && y[i] === y[last])) {
      front.push(i);
    }
  }
  return xBest === "min" ? front : front.reverse();
}
