import { expect, test } from "vitest";
import { aliasUri, dockerModel, imageName, versionUri } from "./snippets";

test("URIs name a version or an alias", () => {
  expect(versionUri("churn", "3")).toBe("models:/churn/3");
  expect(aliasUri("churn", "champion")).toBe("models:/churn@champion");
});

test("an image serves the model", () => {
  expect(dockerModel("http://kiseki.example:5000", "models:/it's/3", "it-s:3")).toBe(
    String.raw`export KISEKI_TRACKING_URI=http://kiseki.example:5000
kiseki models build-docker -m 'models:/it'\''s/3' -n it-s:3
docker run --rm -p 5001:8080 it-s:3`,
  );
});

test.each([
  ["Churn Live", "churn-live:3"],
  ["--rm; true", "rm-true:3"],
  ["軌跡", "model:3"],
])("%s as the name of an image", (name, image) => {
  expect(imageName(name, "3")).toBe(image);
});
