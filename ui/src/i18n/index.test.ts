// @vitest-environment jsdom
import { expect, test } from "vitest";
import { preferences } from "../state/preferences";
import { showLanguage, textIn } from ".";

test("texts are those of the language that was loaded, and the page says which one it is", async () => {
  expect(() => textIn("en")).toThrow("showLanguage");
  await showLanguage();
  expect(document.documentElement.lang).toBe("en");
  expect(textIn("en").common.cancel).toBe("Cancel");
  expect(() => textIn("ja")).toThrow("showLanguage");
  preferences.choose("ja");
  await showLanguage();
  expect(document.documentElement.lang).toBe("ja");
  expect(textIn("ja").common.cancel).not.toBe("Cancel");
});

test("of two choices the last one is shown, whichever is loaded first", async () => {
  preferences.choose("ja");
  const first = showLanguage();
  preferences.choose("en");
  await Promise.all([first, showLanguage()]);
  expect(document.documentElement.lang).toBe("en");
});
