/** The one way to the server. Paths are relative to the page's `<base>`, which has the server's prefix. */

import { connection } from "../state/connection";
import { person } from "../state/person";

export const NATIVE = "api/kiseki/v1/";
export const MLFLOW = "ajax-api/2.0/mlflow/";

/** An answer that is not a success, in the server's own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Where in a filter the error is, in characters from its start. */
    readonly position: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** No answer: the server, or the way to it, is gone. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server does not answer.", { cause });
    this.name = "Unreachable";
  }
}

/** A text as one part of a path. Throws where an address can not have it: `..` would be another path, however it is written. */
export function pathPart(text: string): string {
  if (text === "" || text === "." || text === "..") throw new Error(`“${text}” cannot be part of an address.`);
  return encodeURIComponent(text);
}

/** The URL of a path of the server, with a query. */
export function url(path: string, query: Record<string, string | number | readonly string[] | undefined> = {}): string {
  const found = new URL(path, document.baseURI);
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      for (const one of value) found.searchParams.append(key, one);
    } else if (value !== undefined) {
      found.searchParams.set(key, String(value));
    }
  }
  return found.href;
}

async function ask(input: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    connection.lost();
    throw new Unreachable(error);
  }
  if (response.status === 502 || response.status === 504) {
    connection.lost();
    throw new Unreachable(response.statusText);
  }
  connection.found();
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string; position?: number | null };
    return new ApiError(response.status, body.error_code ?? "", body.message ?? text, body.position ?? null);
  } catch {
    return new ApiError(response.status, "", text || response.statusText);
  }
}

/** GET, JSON back. */
export async function get<T>(
  path: string,
  query: Record<string, string | number | readonly string[] | undefined> = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await ask(url(path, query), signal ? { signal } : {});
  return (await response.json()) as T;
}

/** GET, plain text back. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await ask(url(path), signal ? { signal } : {});
  return response.text();
}

/** POST of JSON, JSON back. */
export const post = <T>(path: string, body: object, signal?: AbortSignal): Promise<T> =>
  send<T>("POST", path, body, signal);

/** JSON, JSON back. */
export async function send<T>(
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<T> {
  const response = await ask(url(path), sent(method, body, signal));
  return (await response.json()) as T;
}

/** POST of JSON, bytes back. */
export async function postForBytes(path: string, body: object, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await ask(url(path), sent("POST", body, signal));
  return response.arrayBuffer();
}

/** GET, bytes back: at most `limit` of them from `start` on, the size of the whole, and whether these are all of it. */
export async function getBytes(
  path: string,
  query: Record<string, string>,
  limit: number,
  signal?: AbortSignal,
  start = 0,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; size: number; whole: boolean }> {
  const response = await ask(url(path, query), {
    headers: { range: `bytes=${start}-${start + limit - 1}` },
    ...(signal && { signal }),
  });
  const sent = new Uint8Array(await response.arrayBuffer());
  // Something between here and the server may send the whole for a part.
  const bytes = response.status === 206 ? sent : sent.slice(start, start + limit);
  const range = response.headers.get("content-range")?.match(/\/(\d+)$/);
  const size = range ? Number(range[1]) : sent.length;
  return { bytes, size, whole: size <= bytes.length };
}

function sent(method: string, body: object | undefined, signal?: AbortSignal): RequestInit {
  const user = person.name.trim();
  const headers = {
    ...(body && { "content-type": "application/json" }),
    ...(user && { "x-kiseki-user": encodeURIComponent(user) }),
  };
  return {
    method,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
}
