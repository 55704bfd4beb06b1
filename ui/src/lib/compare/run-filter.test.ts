import { expect, test } from "vitest";
import { runFilter } from "./run-filter";

test.each([
  ["", ""],
  ["  ", ""],
  [" svm ", "attributes.run_name ILIKE '%svm%'"],
  ["it's", "attributes.run_name ILIKE '%it''s%'"],
  ["BEEF", "(attributes.run_name ILIKE '%BEEF%' OR attributes.run_id LIKE 'beef%')"],
])("%j", (text, filter) => {
  expect(runFilter(text)).toBe(filter);
});
