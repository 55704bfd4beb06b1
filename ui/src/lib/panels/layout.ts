/** How large panels are, and how finely their data is fetched. */

export type PanelSize = 1 | 2 | 3 | 4;

/** The least width of a panel and the height of its plot, in pixels. */
const SIZES: Record<PanelSize, { width: number; height: number }> = {
  1: { width: 250, height: 140 },
  2: { width: 370, height: 210 },
  3: { width: 560, height: 300 },
  4: { width: Number.POSITIVE_INFINITY, height: 420 },
};

export const DEFAULT_SIZE: PanelSize = 2;
export const GAP = 12;
/** What of a panel's width is not plot: its border and the y axis. */
const BESIDE_PLOT = 56;

const BUCKETS = [250, 500, 1000, 2000];
/** The most buckets of all curves of a panel, and of one that is shown alone: what is sent and drawn without a wait. */
const MOST_BUCKETS = 30_000;
const MOST_ALONE = 120_000;

export function panelSize(given: number | undefined): PanelSize {
  const rounded = Math.round(given ?? DEFAULT_SIZE);
  return rounded === 1 || rounded === 3 || rounded === 4 ? rounded : DEFAULT_SIZE;
}

/** How many panels lie side by side, and how large each is, given how many panels each section has. */
export function layout(
  size: PanelSize,
  width: number,
  sections: readonly number[],
): { columns: number; width: number; height: number } {
  const least = SIZES[size].width;
  const most = Math.max(1, Math.floor((width + GAP) / (least + GAP)) || 1);
  const rows = (columns: number) => sections.reduce((sum, panels) => sum + Math.ceil(panels / columns), 0);
  // As few columns as need no more rows: four panels are two and two, not three and one beside a hole.
  let columns = most;
  while (columns > 2 && rows(columns - 1) === rows(most)) columns--;
  return { columns, width: (width - (columns - 1) * GAP) / columns, height: SIZES[size].height };
}

/** Into how many buckets series are reduced: one for each pixel or a little fewer, and few of each of many. */
export function bucketsFor(panelWidth: number, ratio: number, series: number, alone = false): number {
  const pixels = (panelWidth - BESIDE_PLOT) * Math.min(2, Math.max(1, ratio));
  const most = (alone ? MOST_ALONE : MOST_BUCKETS) / Math.max(1, series);
  const wanted = BUCKETS.find((one) => one >= pixels * 0.9) ?? 2000;
  return Math.max(BUCKETS[0] ?? 250, ...BUCKETS.filter((one) => one <= wanted && one <= most));
}
