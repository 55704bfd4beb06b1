/** A column of many runs, as charts need it: numbers or categories. */

export type Cell = string | number | null;
export type Unit = "number" | "time" | "duration";

interface Base {
  id: string;
  /** How many runs have a value. */
  count: number;
  /** How many different values there are. */
  distinct: number;
}

export interface NumberColumn extends Base {
  kind: "number";
  unit: Unit;
  /** NaN where a run has no finite number. */
  numbers: Float64Array;
  low: number;
  high: number;
  /** The least number above zero, NaN if there is none. */
  lowPositive: number;
  /** Whether all are positive and two decades or more apart. */
  wide: boolean;
}

export interface CategoryColumn extends Base {
  kind: "category";
  /** Positions in `categories`, -1 where a run has none. */
  codes: Int32Array;
  /** In the order that people expect: a2 before a10. */
  categories: string[];
}

export type ColumnValues = NumberColumn | CategoryColumn;

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
/** What programs write for no number. A param of numbers may have some; on its own, such a text is a category. */
const NO_NUMBER = /^(?:|none|null|nan|na|n\/a|nil|[+-]?inf(?:inity)?)$/i;
const DECADES = 100;

/** The column of one cell per run. Texts are numbers when all are but those that say there is none. */
export function columnValues(id: string, cells: readonly Cell[]): ColumnValues {
  return asNumbers(id, cells) ?? asCategories(id, cells);
}

export function unitOf(id: string): Unit {
  if (id === "attributes.start_time" || id === "attributes.end_time") return "time";
  return id === "attributes.duration" ? "duration" : "number";
}

function asNumbers(id: string, cells: readonly Cell[]): NumberColumn | null {
  const numbers = new Float64Array(cells.length).fill(Number.NaN);
  let count = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let lowPositive = Number.POSITIVE_INFINITY;
  const seen = new Set<number>();
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? null;
    if (cell === null) continue;
    if (typeof cell === "string" && !NUMBER.test(cell)) {
      if (!NO_NUMBER.test(cell.trim())) return null;
      continue;
    }
    const value = Number(cell);
    if (!Number.isFinite(value)) continue;
    numbers[i] = value;
    count++;
    seen.add(value);
    if (value < low) low = value;
    if (value > high) high = value;
    if (value > 0 && value < lowPositive) lowPositive = value;
  }
  if (count === 0 && !id.startsWith("metrics.")) return null;
  return {
    kind: "number",
    id,
    unit: unitOf(id),
    numbers,
    count,
    distinct: seen.size,
    low: count ? low : Number.NaN,
    high: count ? high : Number.NaN,
    lowPositive: Number.isFinite(lowPositive) ? lowPositive : Number.NaN,
    wide: count > 0 && low > 0 && high / low >= DECADES * (1 - 1e-9),
  };
}

const natural = new Intl.Collator("en", { numeric: true });

function asCategories(id: string, cells: readonly Cell[]): CategoryColumn {
  const texts = new Set<string>();
  for (const cell of cells) if (cell !== null) texts.add(String(cell));
  const categories = [...texts].sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
  const codeOf = new Map(categories.map((text, i) => [text, i]));
  let count = 0;
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null) return -1;
    count++;
    return codeOf.get(String(cell)) ?? -1;
  });
  return { kind: "category", id, codes, categories, count, distinct: categories.length };
}

/** Whether two columns say the same of the same runs. */
export function sameColumn(a: ColumnValues, b: ColumnValues): boolean {
  if (a.kind === "number" && b.kind === "number") {
    return (
      a.id === b.id &&
      a.numbers.length === b.numbers.length &&
      a.numbers.every((one, i) => Object.is(one, b.numbers[i]))
    );
  }
  if (a.kind === "category" && b.kind === "category") {
    return (
      a.id === b.id &&
      a.codes.length === b.codes.length &&
      a.codes.every((one, i) => one === b.codes[i]) &&
      a.categories.length === b.categories.length &&
      a.categories.every((one, i) => one === b.categories[i])
    );
  }
  return false;
}

/** The column's values as numbers, for statistics: categories by their position. */
export function numbersOf(column: ColumnValues): Float64Array {
  if (column.kind === "number") return column.numbers;
  return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : code));
}

const BINARY = [
  ["false", "true"],
  ["no", "yes"],
  ["off", "on"],
];

/** Whether a column has the two categories that mean no and yes, in this order. */
export function isBinary(column: CategoryColumn): boolean {
  const [no, yes, more] = column.categories.map((one) => one.toLowerCase());
  return more === undefined && BINARY.some((pair) => pair[0] === no && pair[1] === yes);
}
