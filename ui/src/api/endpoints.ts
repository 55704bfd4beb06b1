/** The server's endpoints as functions: one for each thing that the pages ask or do. */

import { get, getText, MLFLOW, NATIVE, pathPart, post, send } from "./client";
import type {
  ColumnsAnswer,
  Difference,
  EditedRuns,
  EditRuns,
  Experiment,
  FindExperiments,
  FindModels,
  FindRuns,
  FoundExperiments,
  FoundModels,
  FoundRuns,
  LoggedModel,
  RunDetails,
  View,
} from "./types";

export const findExperiments = (request: FindExperiments, signal?: AbortSignal) =>
  post<FoundExperiments>(`${NATIVE}experiments/search`, request, signal);

export const getExperiment = async (experimentId: string, signal?: AbortSignal) =>
  (await get<{ experiment: Experiment }>(`${MLFLOW}experiments/get`, { experiment_id: experimentId }, signal))
    .experiment;

export const createExperiment = (name: string, artifactLocation: string) =>
  post<{ experiment_id: string }>(`${MLFLOW}experiments/create`, {
    name,
    ...(artifactLocation && { artifact_location: artifactLocation }),
  });

export const renameExperiment = (experimentId: string, name: string) =>
  post(`${MLFLOW}experiments/update`, { experiment_id: experimentId, new_name: name });

export const deleteExperiment = (experimentId: string) =>
  post(`${MLFLOW}experiments/delete`, { experiment_id: experimentId });

export const undeleteExperiment = (experimentId: string) =>
  post(`${NATIVE}experiments/undelete`, { experiment_id: experimentId });

export const setExperimentTag = (experimentId: string, key: string, value: string) =>
  post(`${MLFLOW}experiments/set-experiment-tag`, { experiment_id: experimentId, key, value });

export const deleteExperimentTag = (experimentId: string, key: string) =>
  post(`${MLFLOW}experiments/delete-experiment-tag`, { experiment_id: experimentId, key });

export const findColumns = (experimentIds: readonly string[], signal?: AbortSignal) =>
  post<ColumnsAnswer>(`${NATIVE}experiments/columns`, { experiment_ids: experimentIds }, signal);

export const findRuns = (request: FindRuns, signal?: AbortSignal) =>
  post<FoundRuns>(`${NATIVE}runs/search`, request, signal);

export const getRun = (runId: string, signal?: AbortSignal) =>
  get<RunDetails>(`${NATIVE}runs/get`, { run_id: runId }, signal);

/** What differs between two runs, in how they came about and in what they gave. */
export const diffRuns = (runId: string, otherRunId: string, signal?: AbortSignal) =>
  get<Difference>(`${NATIVE}runs/diff`, { run_id: runId, other_run_id: otherRunId }, signal);

export const editRuns = (request: EditRuns) => post<EditedRuns>(`${NATIVE}runs/edit`, request);

export const listViews = async (scope: string, signal?: AbortSignal) =>
  (await get<{ views: View[] }>(`${NATIVE}views`, { scope }, signal)).views;

export const saveView = (scope: string, name: string, state: string) =>
  post(`${NATIVE}views/save`, { scope, name, state });

export const deleteView = (scope: string, name: string) => post(`${NATIVE}views/delete`, { scope, name });

const modelPath = (modelId: string): string => `${MLFLOW}logged-models/${pathPart(modelId)}`;

/** A model with the lists that are left out where they are empty. */
const whole = ({ info, data }: LoggedModel): LoggedModel => ({
  info: { tags: [], ...info },
  data: { ...data, params: data.params ?? [], metrics: data.metrics ?? [] },
});

/** A logged model, in the trash or not. */
export const getModel = async (modelId: string, signal?: AbortSignal) =>
  whole((await get<{ model: LoggedModel }>(modelPath(modelId), { allow_deleted: "true" }, signal)).model);

export async function findModels(request: FindModels, signal?: AbortSignal): Promise<FoundModels> {
  const found = await post<Partial<FoundModels>>(`${MLFLOW}logged-models/search`, request, signal);
  return { models: (found.models ?? []).map(whole), next_page_token: found.next_page_token ?? "" };
}

export const deleteModel = (modelId: string) => send("DELETE", modelPath(modelId));

export const restoreModel = (modelId: string) => post(`${NATIVE}logged-models/restore`, { model_id: modelId });

export const setModelTag = (modelId: string, key: string, value: string) =>
  send("PATCH", `${modelPath(modelId)}/tags`, { tags: [{ key, value }] });

export const deleteModelTag = (modelId: string, key: string) =>
  send("DELETE", `${modelPath(modelId)}/tags/${pathPart(key)}`);

export const getServerInfo = (signal?: AbortSignal) =>
  get<{ kiseki_version: string }>("ajax-api/3.0/mlflow/server-info", {}, signal);

/** The version of MLflow whose REST API the server answers. */
export const getMlflowVersion = (signal?: AbortSignal) => getText("version", signal);
