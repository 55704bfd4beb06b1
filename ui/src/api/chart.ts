/** Charts as the server sends them: a header and binary columns (docs/wire.md). */

import { NATIVE, postForBytes } from "./client";

export type Axis = "step" | "time" | "relative";

/** One series in buckets that are not empty, as arrays of one length. Values without a finite number are NaN. */
export interface ChartSeries {
  runId: string;
  key: string;
  /** How many points are in range; as many as buckets means that these are the raw points. */
  points: number;
  x: Float64Array;
  min: Float64Array;
  max: Float64Array;
  mean: Float64Array;
  last: Float64Array;
  count: Uint32Array;
  nonfinite: Uint32Array;
}

export interface ChartRequest {
  series: readonly { run_id: string; key: string }[];
  x: Axis;
  buckets: number;
  range?: readonly [number, number];
}

const MAGIC = "KSKCHRT1";

/** The series of a binary chart. Throws an Error when the bytes are no chart. */
export function decodeChart(data: ArrayBuffer): ChartSeries[] {
  const bytes = new Uint8Array(data);
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic !== MAGIC) throw new Error("The answer is no chart.");
  const length = new DataView(data).getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + length))) as {
    series: { run_id: string; key: string; points: number; length: number }[];
  };
  let at = 12 + length;
  const floats = (size: number) => {
    const column = new Float64Array(data, at, size);
    at += 8 * size;
    return column;
  };
  const counts = (size: number) => {
    const column = new Uint32Array(data, at, size);
    at += Math.ceil((4 * size) / 8) * 8;
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
