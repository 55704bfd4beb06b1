import { analysis } from "./analysis";
import { artifacts } from "./artifacts";
import { charts } from "./charts";
import { common } from "./common";
import { compare } from "./compare";
import { experiments } from "./experiments";
import { models } from "./models";
import { registry } from "./registry";
import { reproducibility } from "./reproducibility";
import { run } from "./run";
import { runs } from "./runs";
import { settings } from "./settings";

/** All texts in English; a text with a hole is a function. Japanese has the same names, which the compiler checks. */
export const en = {
  common,
  experiments,
  runs,
  charts,
  run,
  compare,
  models,
  registry,
  reproducibility,
  settings,
  artifacts,
  analysis,
};

export type Catalogue = typeof en;
