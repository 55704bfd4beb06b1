/** Code to copy: what a person types to log to this server, and to use what it has. */

import type { Source } from "./source";

export type Client = "kiseki" | "mlflow";

/** A server's address as clients take it, without a slash at the end. */
export const serverAddress = (base: string): string => base.replace(/\/+$/, "");

/** A text as a literal of Python. */
export const pythonText = (text: string): string => JSON.stringify(text);

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** A text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return PLAIN_WORD.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command for a POSIX shell; options are as people write them. */
export const shellCommand = (words: readonly string[]): string =>
  words.map((word) => (PLAIN_WORD.test(word) ? word : shellWord(word))).join(" ");

/** The three lines that log a first run, to an experiment of one's own if one is named. */
export function firstRun(client: Client, server: string, experiment?: string): string {
  return [
    `import ${client}`,
    `${client}.set_tracking_uri(${pythonText(server)})`,
    ...(experiment ? [`${client}.set_experiment(${pythonText(experiment)})`] : []),
    `${client}.log_metric("accuracy", 0.92)`,
  ].join("\n");
}

/** A script that tracks with MLflow already, without a change; to an experiment, if one is named. */
export const unchangedScript = (server: string, experiment?: string): string =>
  [
    `export MLFLOW_TRACKING_URI=${shellWord(server)}`,
    ...(experiment ? [`export MLFLOW_EXPERIMENT_NAME=${shellWord(experiment)}`] : []),
    "python train.py",
  ].join("\n");

/** A training with params, a curve and a file. */
export const training = (client: Client, server: string): string =>
  `import ${client}

${client}.set_tracking_uri(${pythonText(server)})
${client}.set_experiment("digits")

with ${client}.start_run(run_name="baseline"):
    ${client}.log_param("learning_rate", 0.01)
    for i in range(10):
        ${client}.log_metric("loss", 0.9**i, step=i)
    ${client}.log_text("It went well.", "notes.txt")`;

export const commandLine = (server: string): string =>
  `export KISEKI_TRACKING_URI=${shellWord(server)}\nkiseki experiments list\nkiseki doctor`;

export interface RunToUse {
  id: string;
  experimentId: string;
  /** Whether runs have this one as their parent. */
  parent: boolean;
}

/** What a run recorded, in Python. */
export function readRun(client: Client, server: string, run: RunToUse): string {
  const filter = run.parent ? `, filter_string=${pythonText(`tags.mlflow.parentRunId = '${run.id}'`)}` : "";
  return `import ${client}

${client}.set_tracking_uri(${pythonText(server)})

run = ${client}.get_run(${pythonText(run.id)})
print(run.data.params, run.data.metrics)

runs = ${client}.search_runs(experiment_ids=[${pythonText(run.experimentId)}]${filter})
files = ${client}.artifacts.download_artifacts(run_id=${pythonText(run.id)})`;
}

/** Files of a run. */
export const logFiles = (server: string, runId: string): string =>
  `import kiseki

kiseki.set_tracking_uri(${pythonText(server)})
with kiseki.start_run(run_id=${pythonText(runId)}):
    kiseki.log_artifact("model.pkl")
    kiseki.log_figure(figure, "loss.png")
    kiseki.log_table({"epoch": [1, 2], "loss": [0.5, 0.3]}, "history.json")`;

/** What a run recorded, on the command line. */
export const describeRun = (server: string, runId: string): string =>
  `export KISEKI_TRACKING_URI=${shellWord(server)}
kiseki runs describe -r ${shellWord(runId)}
kiseki artifacts download -r ${shellWord(runId)} -d downloaded`;

/** Runs a run again, and says whether it gave the same. */
export const reproduceRun = (server: string, runId: string): string =>
  `export KISEKI_TRACKING_URI=${shellWord(server)}
kiseki reproduce ${shellWord(runId)}`;

/** A run of which is recorded how it came about. */
export const capturedRun = (server: string): string =>
  `import kiseki

kiseki.set_tracking_uri(${pythonText(server)})
with kiseki.start_run():
    ...`;

/** The code of a run as it was, "" where its tags say too little. */
export function checkOut(source: Source): string {
  if (!source.repository || !source.commit) return "";
  const folder =
    source.repository
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .split(/[/:]/)
      .at(-1) || "code";
  const script = /\.py$/.test(source.name) && !source.name.startsWith("/") && !/^[A-Za-z]:/.test(source.name);
  return [
    `git clone -- ${shellWord(source.repository)} ${shellWord(folder)}`,
    `cd ${shellWord(folder)}`,
    `git checkout ${shellWord(source.commit)}`,
    ...(script ? [`python ${shellWord(source.name)}`] : []),
  ].join("\n");
}
