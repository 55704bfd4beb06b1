import type { Catalogue } from "../en";
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

export const ja: Catalogue = {
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
