/** The wire's structs by name. `schema.d.ts` is generated from the server's OpenAPI document: `make types`. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type FindRuns = Partial<Schemas["FindRuns"]>;
export type FoundRun = Schemas["FoundRun"];
export type FoundRuns = Schemas["FoundRuns"];
export type RunDetails = Schemas["RunDetails"];
export type RunInfo = Schemas["RunInfo"];
export type Difference = Required<Schemas["Difference"]>;
export type MetricDifference = Schemas["MetricDifference"];
export type SeriesInfo = Schemas["SeriesInfo"];
export type DatasetInput = Schemas["DatasetInput"];
export type EditRuns = Partial<Schemas["EditRuns"]> & Pick<Schemas["EditRuns"], "run_ids">;
export type EditedRuns = Schemas["EditedRuns"];
export type FindExperiments = Partial<Schemas["FindExperiments"]>;
export type FoundExperiment = Schemas["FoundExperiment"];
export type FoundExperiments = Schemas["FoundExperiments"];
export type Experiment = Schemas["Experiment"];
export type KeyInfo = Schemas["KeyInfo"];
export type ColumnsAnswer = Schemas["ColumnsAnswer"];
export type View = Schemas["View"];
export type FileInfo = Schemas["FileInfo"];
export type ArtifactsAnswer = Schemas["ArtifactsAnswer"];
export type Tag = Schemas["Tag"];
export type LoggedModel = Schemas["LoggedModel"];
export type ModelMetric = Schemas["Metric"];
export type FindModels = Partial<Schemas["SearchLoggedModels"]> & Pick<Schemas["SearchLoggedModels"], "experiment_ids">;
export type FoundModels = Schemas["LoggedModelsAnswer"];

/** A registered model with all that the wire leaves out where it is empty. */
export type RegisteredModel = Required<Schemas["RegisteredModel"]>;
export type ModelVersion = Required<Schemas["ModelVersion"]>;
export type VersionFile = Schemas["VersionFile"];
export type Move = Schemas["Move"];
export type Verdict = Schemas["Verdict"];
export type AskMove = Partial<Schemas["AskMove"]> & Pick<Schemas["AskMove"], "name">;
export type Rules = Schemas["Rules"];
export type Check = Schemas["Check"];
export type Lineage = Schemas["LineageAnswer"];
export type LineageNode = Schemas["LineageNode"];

/** A part of a list, and the token of the next one, "" after the last. */
export interface Page<T> {
  items: T[];
  next: string;
}

/** What changed, as the event stream tells it. */
export interface Changes {
  runs: { run_id: string; experiment_id: string; what: string[] }[];
  logged_models: { model_id: string; experiment_id: string; what: string[] }[];
  experiments: string[];
  /** Names; told to those who listen to all experiments. */
  registered_models: string[];
  everything: boolean;
}

/** A number of the wire, which writes NaN and infinities as text. */
export function toNumber(value: number | string): number {
  return typeof value === "number" ? value : Number(value);
}
