/** Code to copy: how a model is registered, loaded, asked and shipped. */

import { type Client, pythonText, shellWord } from "../snippets";

/** A first registered model. */
export const registerModel = (client: Client, server: string): string =>
  `import ${client}
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

${client}.set_tracking_uri(${pythonText(server)})

x, y = load_iris(return_X_y=True, as_frame=True)
classifier = LogisticRegression(max_iter=1000).fit(x, y)
${client}.sklearn.log_model(
    classifier, name="iris", input_example=x[:3], registered_model_name="iris"
)`;

/** A version by its number, or what an alias points to. */
export const versionUri = (name: string, version: string): string => `models:/${name}/${version}`;
export const aliasUri = (name: string, alias: string): string => `models:/${name}@${alias}`;

/** An image that serves the model, and what starts it. */
export function dockerModel(server: string, uri: string, image: string): string {
  return `export KISEKI_TRACKING_URI=${shellWord(server)}
kiseki models build-docker -m ${shellWord(uri)} -n ${image}
docker run --rm -p 5001:8080 ${image}`;
}

/** The name of a model as one of an image. */
export function imageName(name: string, version: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${plain || "model"}:${version}`;
}
