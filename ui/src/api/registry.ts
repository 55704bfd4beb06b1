/** The server's endpoints of the model registry. What the wire leaves out where it is empty is filled in. */

import { get, MLFLOW, NATIVE, post, send } from "./client";
import type { AskMove, Check, Lineage, ModelVersion, Move, Page, RegisteredModel, Rules, VersionFile } from "./types";

const MODELS = `${MLFLOW}registered-models`;
const VERSIONS = `${MLFLOW}model-versions`;
const REGISTRY = `${NATIVE}registry`;

export interface RegistrySearch {
  filter: string;
  order_by: string;
  max_results: number;
  page_token: string;
}

const wholeVersion = (given: Partial<ModelVersion>): ModelVersion => ({
  name: "",
  version: "",
  creation_timestamp: 0,
  last_updated_timestamp: 0,
  user_id: "",
  current_stage: "None",
  description: "",
  source: "",
  run_id: "",
  status: "READY",
  status_message: "",
  tags: [],
  run_link: "",
  aliases: [],
  model_id: "",
  ...given,
});

const wholeModel = (given: Partial<RegisteredModel>): RegisteredModel => ({
  name: "",
  creation_timestamp: 0,
  last_updated_timestamp: 0,
  user_id: "",
  description: "",
  tags: [],
  aliases: [],
  ...given,
  latest_versions: (given.latest_versions ?? []).map(wholeVersion),
});

const wholeMove = (given: Move): Move => ({
  ...given,
  verdicts: given.verdicts.map((one) => ({ ...one, detail: one.detail ?? "" })),
});

const wholeRules = (given: Rules): Rules => ({
  ...given,
  checks: given.checks.map((one: Partial<Check>) => ({
    target: one.target ?? "",
    filter: one.filter ?? "",
    report: one.report ?? "",
  })),
});

const asked = ({ filter, order_by, max_results, page_token }: RegistrySearch) => ({
  max_results,
  ...(filter && { filter }),
  ...(order_by && { order_by: [order_by] }),
  ...(page_token && { page_token }),
});

export async function findRegisteredModels(
  search: RegistrySearch,
  signal?: AbortSignal,
): Promise<Page<RegisteredModel>> {
  const found = await get<{ registered_models?: RegisteredModel[]; next_page_token?: string }>(
    `${MODELS}/search`,
    asked(search),
    signal,
  );
  return { items: (found.registered_models ?? []).map(wholeModel), next: found.next_page_token ?? "" };
}

export const getRegisteredModel = async (name: string, signal?: AbortSignal) =>
  wholeModel((await get<{ registered_model: RegisteredModel }>(`${MODELS}/get`, { name }, signal)).registered_model);

export const createRegisteredModel = (name: string, description: string) =>
  post(`${MODELS}/create`, { name, ...(description && { description }) });

export const renameRegisteredModel = (name: string, newName: string) =>
  post(`${MODELS}/rename`, { name, new_name: newName });

export const describeRegisteredModel = (name: string, description: string) =>
  send("PATCH", `${MODELS}/update`, { name, description });

export const deleteRegisteredModel = (name: string) => send("DELETE", `${MODELS}/delete`, { name });

export const setRegisteredModelTag = (name: string, key: string, value: string) =>
  post(`${MODELS}/set-tag`, { name, key, value });

export const deleteRegisteredModelTag = (name: string, key: string) =>
  send("DELETE", `${MODELS}/delete-tag`, { name, key });

export async function findVersions(search: RegistrySearch, signal?: AbortSignal): Promise<Page<ModelVersion>> {
  const found = await get<{ model_versions?: ModelVersion[]; next_page_token?: string }>(
    `${VERSIONS}/search`,
    asked(search),
    signal,
  );
  return { items: (found.model_versions ?? []).map(wholeVersion), next: found.next_page_token ?? "" };
}

export const getVersion = async (name: string, version: string, signal?: AbortSignal) =>
  wholeVersion(
    (await get<{ model_version: ModelVersion }>(`${VERSIONS}/get`, { name, version }, signal)).model_version,
  );

/** What a version is made of. */
export interface Source {
  /** `models:/<id>` or `runs:/<id>/<path>`. */
  source: string;
  /** The logged model, or the run, that the URI names. */
  model_id?: string;
  run_id?: string;
}

/** Registers a model as the next version of one. */
export const createVersion = async (name: string, source: Source, description: string) =>
  wholeVersion(
    (
      await post<{ model_version: ModelVersion }>(`${VERSIONS}/create`, {
        name,
        ...source,
        ...(description && { description }),
      })
    ).model_version,
  );

export const describeVersion = (name: string, version: string, description: string) =>
  send("PATCH", `${VERSIONS}/update`, { name, version, description });

export const deleteVersion = (name: string, version: string) => send("DELETE", `${VERSIONS}/delete`, { name, version });

export const setVersionTag = (name: string, version: string, key: string, value: string) =>
  post(`${VERSIONS}/set-tag`, { name, version, key, value });

export const deleteVersionTag = (name: string, version: string, key: string) =>
  send("DELETE", `${VERSIONS}/delete-tag`, { name, version, key });

/** The files of a version when it was registered; null where the server had no way to them. */
export async function getVersionFiles(
  name: string,
  version: string,
  signal?: AbortSignal,
): Promise<VersionFile[] | null> {
  const found = await get<{ known: boolean; files?: VersionFile[] }>(`${REGISTRY}/files`, { name, version }, signal);
  return found.known ? (found.files ?? []) : null;
}

export interface MovesSearch {
  kind?: "alias" | "stage";
  target?: string;
  status?: "DONE" | "WAITING" | "REFUSED" | "WITHDRAWN";
  max_results?: number;
  page_token?: string;
}

/** The moves of a model, the latest first. */
export async function listMoves(name: string, search: MovesSearch, signal?: AbortSignal): Promise<Page<Move>> {
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value));
  const found = await get<{ moves?: Move[]; next_page_token?: string }>(
    `${REGISTRY}/moves`,
    { name, ...given },
    signal,
  );
  return { items: (found.moves ?? []).map(wholeMove), next: found.next_page_token ?? "" };
}

/** Asks for a move, which is done, refused by a check, or waits for somebody else. */
export const askMove = async (request: AskMove) =>
  wholeMove((await post<{ move: Move }>(`${REGISTRY}/moves`, request)).move);

export const approveMove = async (name: string, number: number) =>
  wholeMove((await post<{ move: Move }>(`${REGISTRY}/moves/approve`, { name, number })).move);

/** Refuses it, or withdraws it where it is one's own. */
export const refuseMove = async (name: string, number: number) =>
  wholeMove((await post<{ move: Move }>(`${REGISTRY}/moves/refuse`, { name, number })).move);

export const rollBack = async (name: string, alias: string, comment: string) =>
  wholeMove((await post<{ move: Move }>(`${REGISTRY}/moves/roll-back`, { name, alias, comment })).move);

export const getRules = async (name: string, signal?: AbortSignal) =>
  wholeRules((await get<{ rules: Rules }>(`${REGISTRY}/rules`, { name }, signal)).rules);

export const setRules = async (name: string, rules: Rules) =>
  wholeRules((await post<{ rules: Rules }>(`${REGISTRY}/rules`, { name, rules })).rules);

/** What a version comes from and what came of it. */
export const getVersionLineage = (name: string, version: string, signal?: AbortSignal) =>
  get<Lineage>(`${REGISTRY}/lineage`, { name, version }, signal);
