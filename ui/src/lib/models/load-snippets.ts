/** Code to copy: how a model is loaded, asked and served. */

import { type Client, pythonText, shellWord } from "../snippets";

export interface ModelToLoad {
  uri: string;
  /** How it can be loaded, such as `sklearn`; the others are left out. */
  flavors: readonly string[];
}

/** Where the examples serve it; the tracking server has port 5000. */
const PORT = 5001;
/** A longer request is no line of a shell that anybody reads. */
const MAX_REQUEST = 2_000;
const MODULE = /^[a-z][a-z0-9_]*$/;

/** Of a logged model. */
export const modelUri = (id: string): string => `models:/${id}`;

/** A first model in an experiment. */
export const logModel = (client: Client, server: string, experiment: string): string =>
  `import ${client}
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

${client}.set_tracking_uri(${pythonText(server)})
${client}.set_experiment(${pythonText(experiment)})

x, y = load_iris(return_X_y=True, as_frame=True)
classifier = LogisticRegression(max_iter=1000).fit(x, y)

with ${client}.start_run():
    model = ${client}.sklearn.log_model(
        classifier, name="iris", input_example=x[:3]
    )
    accuracy = classifier.score(x, y)
    ${client}.log_metric("accuracy", accuracy, model_id=model.model_id)`;

/** In Python, as any model and as what the library makes of it. */
export function loadModel(client: Client, server: string, model: ModelToLoad): string {
  const uri = pythonText(model.uri);
  const modules = model.flavors.filter((flavor) => flavor !== "python_function" && MODULE.test(flavor));
  const any = model.flavors.includes("python_function");
  return [
    `import ${client}`,
    "",
    `${client}.set_tracking_uri(${pythonText(server)})`,
    ...(any || modules.length === 0
      ? [
          "",
          `model = ${client}.pyfunc.load_model(${uri})`,
          "print(model.metadata.signature)",
          "predictions = model.predict(data)",
        ]
      : []),
    ...modules.flatMap((module) => [
      "",
      `# As the object of ${module}`,
      `model = ${client}.${module}.load_model(${uri})`,
    ]),
  ].join("\n");
}

/** On the command line: serve it, or let it predict. */
export const serveModel = (server: string, uri: string): string =>
  `export KISEKI_TRACKING_URI=${shellWord(server)}
kiseki models serve -m ${shellWord(uri)} -p ${PORT}
kiseki models predict -m ${shellWord(uri)} -i input.json -o predictions.json`;

/** A request to the server of `serveModel`: the JSON of an example, "" where there is none. */
export function askModel(request: string): string {
  const line = compact(request);
  const body = line && line.length <= MAX_REQUEST ? shellWord(line) : "@serving_input_example.json";
  return `curl http://127.0.0.1:${PORT}/invocations \\
  -H 'Content-Type: application/json' \\
  -d ${body}`;
}

/** JSON on one line, "" where it is none. Numbers keep their digits. */
function compact(json: string): string {
  try {
    JSON.parse(json);
  } catch {
    return "";
  }
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text: string | undefined) => text ?? "");
}
