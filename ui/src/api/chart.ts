/** Charts as the server sends them: a header and binary columns (docs/wire.md). */

import { NATIVE, postForBytes } from "./client";

export type Axis = "step" | "time" | "relative";

/** The first and the last x, both included. */
export type Range = readonly [number, number];

/** One series in buckets that are not empty, as arrays of one length. Values without a finite number are NaN. */
export interface ChartSeries {
  runId: string;
  key: string;
  /** How many points are in range; as many as there are buckets means that each bucket is one point, see `isRaw`. */
  points: number;
  x: Float64Array;
  min: Float64Array;
  max: Float64Array;
  mean: Float64Array;
  /** The last value of each bucket whatever it is. */
  last: Float64Array;
  /** The points of each bucket, and how many of them are NaN or infinite. */
  count: Uint32Array;
  nonfinite: Uint32Array;
}

export interface ChartRequest {
  series: readonly { run_id: string; key: string }[];
  x: Axis;
  buckets: number;
  range?: Range;
}

/** What one request may ask for, see docs/wire.md. */
export const MAX_SERIES = 2_000;
export const MAX_REQUEST_BYTES = 1_000_000;

const MAGIC = "KSKCHRT1";
const ALIGNMENT = 8;

/** Whether nothing was reduced: there is no more to see in these points however close one looks. */
export const isRaw = (series: ChartSeries): boolean => series.points === series.x.length;

/** The series of a binary chart, as views of its bytes where they are aligned. Throws an Error when the bytes are no chart. */
export function decodeChart(data: ArrayBuffer): ChartSeries[] {
  const bytes = new Uint8Array(data);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < MAGIC.length + 4) throw new Error("The answer is no chart.");
  const start = MAGIC.length + 4;
  const length = new DataView(data).getUint32(MAGIC.length, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + length))) as {
    series: { run_id: string; key: string; points: number; length: number }[];
  };
  let at = start + length;
  let columns = data;
  if (at % ALIGNMENT !== 0) {
    // The server pads the header; columns behind one that is not padded are moved to where views may begin.
    columns = data.slice(at);
    at = 0;
  }
  const floats = (size: number) => {
    const column = new Float64Array(columns, at, size);
    at += 8 * size;
    return column;
  };
  const counts = (size: number) => {
    const column = new Uint32Array(columns, at, size);
    at += Math.ceil((4 * size) / ALIGNMENT) * ALIGNMENT;
    return column;
  };
  return header.series.map(({ run_id, key, points, length: size }) => ({
    runId: run_id,
    key,
    points,
    x: floats(size),
    min: floats(size),
    max: floats(size),
    mean: floats(size),
    last: floats(size),
    count: counts(size),
    nonfinite: counts(size),
  }));
}

/** Reduces series on the server. */
export async function fetchChart(request: ChartRequest, signal?: AbortSignal): Promise<ChartSeries[]> {
  if (request.series.length === 0) return [];
  return decodeChart(await postForBytes(`${NATIVE}metrics/chart`, request, signal));
}
