import { expect, test } from "vitest";
import { askModel, loadModel, serveModel } from "./load-snippets";

const SERVER = "http://kiseki.example:5000";
const model = { uri: "models:/m-1", flavors: ["sklearn", "python_function"] };

test("a model is loaded as any model and as its library's", () => {
  expect(loadModel("kiseki", SERVER, model)).toBe(`import kiseki

kiseki.set_tracking_uri("http://kiseki.example:5000")

model = kiseki.pyfunc.load_model("models:/m-1")
print(model.metadata.signature)
predictions = model.predict(data)

# As the object of sklearn
model = kiseki.sklearn.load_model("models:/m-1")`);
});

test("without a file that says how, it is loaded as any model", () => {
  expect(loadModel("mlflow", SERVER, { ...model, flavors: [] })).toContain('mlflow.pyfunc.load_model("models:/m-1")');
});

test("a model that is none of pyfunc's is loaded by its library alone", () => {
  const code = loadModel("kiseki", SERVER, { ...model, flavors: ["spacy"] });
  expect(code).not.toContain("pyfunc");
  expect(code).toContain("kiseki.spacy.load_model");
});

test.each(["os; import os", "x\nimport os", "__import__", "a.b", "é", ""])("%j is no module", (flavor) => {
  expect(loadModel("kiseki", SERVER, { ...model, flavors: [flavor, "python_function"] })).toBe(
    loadModel("kiseki", SERVER, { ...model, flavors: ["python_function"] }),
  );
});

test("what is odd is quoted for Python and for a shell", () => {
  const odd = { ...model, uri: `models:/"; rm -rf ~ #'` };
  expect(loadModel("kiseki", SERVER, odd)).toContain(String.raw`load_model("models:/\"; rm -rf ~ #'")`);
  expect(serveModel(SERVER, odd.uri)).toContain(String.raw`serve -m 'models:/"; rm -rf ~ #'\''' -p 5001`);
});

test("a request is on one line of the shell, with its texts and numbers as they are", () => {
  const request = '{\n  "dataframe_split": {"columns": ["it\'s  x"],\n "data": [[1.10], [12345678901234567890]]}\n}';
  expect(askModel(request)).toBe(
    String.raw`curl http://127.0.0.1:5001/invocations \
  -H 'Content-Type: application/json' \
  -d '{"dataframe_split":{"columns":["it'\''s  x"],"data":[[1.10],[12345678901234567890]]}}'`,
  );
});

test.each(["", "no JSON", `"${"x".repeat(2_001)}"`])("another request is in a file", (request) => {
  expect(askModel(request)).toMatch(/-d @serving_input_example.json$/);
});
