/** The keys of each page: what its commands are made of, and what the settings list. */

import type { Catalogue } from "../i18n/en";
import type { Command } from "./commands";
import { COMPARE_TABS } from "./compare";
import { EXPERIMENT_TABS } from "./experiment-tabs";
import { MODEL_TABS, VERSION_TABS } from "./registry";
import { RUN_TABS } from "./run";

export type PageKey = Omit<Command, "run"> & { keys: string };

/** One digit for each tab, in their order. */
const tabs = <Tab extends string>(page: string, names: readonly Tab[], labels: Record<Tab, string>) =>
  names.map((tab, i) => ({ id: `${page}-${tab}`, keys: String(i + 1), label: labels[tab], tab }));

export const pageKeys = {
  experiments: (t: Catalogue) => ({
    search: { id: "experiments-search", keys: "/", label: t.experiments.searchLabel },
    create: { id: "experiments-create", keys: "c", label: t.experiments.newExperiment },
    next: { id: "experiments-next", keys: "j", label: t.experiments.moveDown, onFocused: true },
    previous: { id: "experiments-previous", keys: "k", label: t.experiments.moveUp, onFocused: true },
    select: { id: "experiments-select", keys: "x", label: t.experiments.selectKey, onFocused: true },
  }),
  runs: (t: Catalogue) => ({
    tabs: tabs("tab", EXPERIMENT_TABS, t.runs.tabs),
    filter: { id: "filter", keys: "/", label: t.runs.filter },
  }),
  models: (t: Catalogue) => ({
    filter: { id: "filter", keys: "/", label: t.runs.filter },
    next: { id: "models-next", keys: "j", label: t.models.moveDown, onFocused: true },
    previous: { id: "models-previous", keys: "k", label: t.models.moveUp, onFocused: true },
    select: { id: "models-select", keys: "x", label: t.models.selectKey, onFocused: true },
  }),
  run: (t: Catalogue) => ({ tabs: tabs("run", RUN_TABS, t.run) }),
  model: (t: Catalogue) => ({ tabs: tabs("model", ["overview", "artifacts"], t.models) }),
  registeredModels: (t: Catalogue) => ({
    filter: { id: "registry-filter", keys: "/", label: t.registry.filter },
    create: { id: "registry-create", keys: "c", label: t.registry.newModel },
  }),
  registeredModel: (t: Catalogue) => ({
    tabs: tabs("registered-model", MODEL_TABS, t.registry.modelTabs),
    move: { id: "registered-model-move", keys: "p", label: t.registry.promote },
  }),
  modelVersion: (t: Catalogue) => ({
    tabs: tabs("model-version", VERSION_TABS, t.registry.versionTabs),
    move: { id: "model-version-move", keys: "p", label: t.registry.promote },
  }),
  compare: (t: Catalogue) => ({
    tabs: tabs("compare", COMPARE_TABS, t.compare),
    add: { id: "compare-add", keys: "a", label: t.compare.add },
  }),
} satisfies Record<string, (t: Catalogue) => Record<string, PageKey | PageKey[]>>;
