/** The way from panels to the server: what several ask for at once is asked together, and what is there is not asked again. */

import {
  type Axis,
  type ChartRequest,
  type ChartSeries,
  isRaw,
  MAX_REQUEST_BYTES,
  MAX_SERIES,
  type Range,
} from "../../api/chart";
import { ApiError } from "../../api/client";
import { lowerBound, upperBound } from "./scale";
import { cut } from "./splice";

/** What of a metric is asked; without a range, all of it. */
export interface ChartQuestion {
  key: string;
  x: Axis;
  buckets: number;
  range: Range | null;
}

/** A series that is asked for. */
export interface Asked {
  runId: string;
  question: ChartQuestion;
}

type Fetch = (request: ChartRequest, signal?: AbortSignal) => Promise<ChartSeries[]>;

/** Series of one request, at least so many where metrics can be split between requests: two are answered by two cores. */
const ENOUGH_SERIES = 64;
const KEPT_BYTES = 128 * 2 ** 20;
const BYTES_PER_BUCKET = 48;

/**
 * What is asked at once, in as few requests as give the same answer.
 *
 * Without a range the server lays its buckets over all that the series of a request span. A metric of ten epochs beside
 * one of 100,000 steps would so end up in a single bucket: each metric is a request of its own. With a range any metrics
 * can be asked together.
 */
export function plan<T extends Asked>(asked: readonly T[]): { request: ChartRequest; parts: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const one of asked) {
    const { key, x, buckets, range } = one.question;
    const group = JSON.stringify(range ? [x, buckets, range] : [x, buckets, key]);
    const found = groups.get(group);
    if (found) found.push(one);
    else groups.set(group, [one]);
  }
  return [...groups.values()].flatMap(split).map((parts) => {
    const [first] = parts;
    if (!first) throw new Error("A request asks for something.");
    const { x, buckets, range } = first.question;
    const series = parts.map(({ runId, question }) => ({ run_id: runId, key: question.key }));
    return { request: { series, x, buckets, ...(range && { range }) }, parts };
  });
}

/** Parts of what the server takes in one request, between metrics where there are many series. */
function split<T extends Asked>(asked: readonly T[]): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  for (const one of [...asked].sort((a, b) => compare(a.question.key, b.question.key))) {
    const size = one.runId.length + JSON.stringify(one.question.key).length * 3 + 32;
    const other = part.at(-1)?.question.key !== one.question.key;
    if (
      part.length > 0 &&
      (part.length >= MAX_SERIES || bytes + size > MAX_REQUEST_BYTES || (other && part.length >= ENOUGH_SERIES))
    ) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(one);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

interface Kept {
  series: ChartSeries;
  version: number;
}

interface Waiting extends Asked {
  id: string;
  version: number;
  /** How many still want the answer. */
  wanted: number;
  abort: (() => void) | null;
  promise: Promise<ChartSeries>;
  resolve: (series: ChartSeries) => void;
  reject: (error: unknown) => void;
}

/** Series by run, metric and question, the latest used ones kept. */
export class ChartLoader {
  readonly #fetch: Fetch;
  readonly #limit: number;
  readonly #kept = new Map<string, Kept>();
  /** Whole series of which nothing was reduced: they answer for every range. */
  readonly #raw = new Map<string, Kept>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #versions = new Map<string, number>();
  #version = 0;
  #bytes = 0;
  #queue: Waiting[] = [];

  constructor(fetch: Fetch, limit = KEPT_BYTES) {
    this.#fetch = fetch;
    this.#limit = limit;
  }

  /** The series of the runs in their order, each as new as its last `touch`. */
  async load(runIds: readonly string[], question: ChartQuestion, signal?: AbortSignal): Promise<ChartSeries[]> {
    const found = runIds.map((runId) => this.#find(runId, question) ?? this.#ask(runId, question));
    const asked = found.filter((one) => "promise" in one);
    if (asked.length === 0) return found.map((one) => ("promise" in one ? empty(one) : one));
    signal?.throwIfAborted();
    const leave = () => {
      for (const one of asked) {
        one.wanted--;
        if (one.wanted === 0) one.abort?.();
      }
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.all(found.map((one) => ("promise" in one ? one.promise : one)));
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** What is kept of these runs, or of all, is no longer new. */
  touch(runIds: readonly string[] | null): void {
    if (runIds === null) this.#version++;
    else for (const id of runIds) this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
  }

  #versionOf(runId: string): number {
    return this.#version + (this.#versions.get(runId) ?? 0);
  }

  #find(runId: string, question: ChartQuestion): ChartSeries | null {
    const version = this.#versionOf(runId);
    const id = idOf(runId, question);
    const kept = this.#kept.get(id);
    if (kept?.version === version) {
      // At the end of the line of those that go.
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept.series;
    }
    const raw = this.#raw.get(rawId(runId, question));
    if (raw?.version !== version) return null;
    const { series } = raw;
    if (!question.range) return series;
    const [low, high] = question.range;
    return cut(series, lowerBound(series.x, low), upperBound(series.x, high));
  }

  #ask(runId: string, question: ChartQuestion): Waiting {
    const id = idOf(runId, question);
    const version = this.#versionOf(runId);
    const before = this.#waiting.get(id);
    if (before?.version === version && before.wanted > 0) {
      before.wanted++;
      return before;
    }
    let resolve: Waiting["resolve"] = () => {};
    let reject: Waiting["reject"] = () => {};
    const promise = new Promise<ChartSeries>((onSeries, onError) => {
      resolve = onSeries;
      reject = onError;
    });
    promise.catch(() => {}); // Those who wait hear of it; nobody does when all have left.
    const one: Waiting = { runId, question, id, version, wanted: 1, abort: null, promise, resolve, reject };
    this.#waiting.set(id, one);
    if (this.#queue.length === 0) setTimeout(() => this.#flush(), 0);
    this.#queue.push(one);
    return one;
  }

  #flush(): void {
    const wanted = this.#queue.filter((one) => one.wanted > 0);
    for (const one of this.#queue) if (one.wanted === 0) this.#settle(one, new DOMException("Left", "AbortError"));
    this.#queue = [];
    for (const { request, parts } of plan(wanted)) void this.#send(request, parts);
  }

  async #send(request: ChartRequest, parts: readonly Waiting[]): Promise<void> {
    const controller = new AbortController();
    for (const one of parts) {
      one.abort = () => {
        if (parts.every((other) => other.wanted === 0)) controller.abort();
      };
    }
    try {
      const answers = await this.#answers(request, controller.signal);
      parts.forEach((one, i) => {
        const series = answers[i] ?? empty(one);
        this.#keep(one, series);
        this.#settle(one, series);
      });
    } catch (error) {
      for (const one of parts) this.#settle(one, error);
    }
  }

  /** The answers to a request. One run that is gone for good refuses all of it: the others are asked without it. */
  async #answers(request: ChartRequest, signal: AbortSignal): Promise<(ChartSeries | undefined)[]> {
    try {
      return await this.#fetch(request, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "RESOURCE_DOES_NOT_EXIST")) throw error;
      const runs = [...new Set(request.series.map((one) => one.run_id))];
      if (runs.length <= 1) return request.series.map(() => undefined);
      const half = new Set(runs.slice(0, runs.length >> 1));
      const [first, second] = await Promise.all(
        [true, false].map((inHalf) =>
          this.#answers(
            { ...request, series: request.series.filter((one) => half.has(one.run_id) === inHalf) },
            signal,
          ),
        ),
      );
      const queues = { true: [...(first ?? [])], false: [...(second ?? [])] };
      return request.series.map((one) => queues[half.has(one.run_id) ? "true" : "false"].shift());
    }
  }

  #settle(one: Waiting, outcome: unknown): void {
    if (this.#waiting.get(one.id) === one) this.#waiting.delete(one.id);
    if (outcome !== null && typeof outcome === "object" && "x" in outcome) one.resolve(outcome as ChartSeries);
    else one.reject(outcome);
  }

  #keep(one: Waiting, series: ChartSeries): void {
    const kept = { series, version: one.version };
    if (!one.question.range && isRaw(series)) this.#raw.set(rawId(one.runId, one.question), kept);
    this.#bytes += size(series) - size(this.#kept.get(one.id)?.series);
    this.#kept.delete(one.id);
    this.#kept.set(one.id, kept);
    for (const [id, oldest] of this.#kept) {
      if (this.#bytes <= this.#limit) break;
      this.#kept.delete(id);
      this.#raw.clear();
      this.#bytes -= size(oldest.series);
    }
  }
}

const size = (series: ChartSeries | undefined) => (series ? series.x.length * BYTES_PER_BUCKET : 0);
const rawId = (runId: string, { key, x }: ChartQuestion) => `${runId} ${x} ${key}`;
const idOf = (runId: string, { key, x, buckets, range }: ChartQuestion) =>
  `${runId} ${x} ${buckets} ${range ? `${range[0]},${range[1]}` : ""} ${key}`;

/** A series without points. */
function empty({ runId, question }: Asked): ChartSeries {
  const none = new Float64Array(0);
  const nothing = new Uint32Array(0);
  return {
    runId,
    key: question.key,
    points: 0,
    x: none,
    min: none,
    max: none,
    mean: none,
    last: none,
    count: nothing,
    nonfinite: nothing,
  };
}
