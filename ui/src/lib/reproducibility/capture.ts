/** How a run came about, as its `kiseki/capture.json` says it; read without trust in its shape. */

import { asList, asObject, asObjects, asText, parseJson } from "../json";
import { shellCommand } from "../snippets";
import type { Source } from "../source";

/** The folder of artifacts that a capture is in, and its files. */
export const CAPTURE_FOLDER = "kiseki";
export const CAPTURE_FILE = `${CAPTURE_FOLDER}/capture.json`;
export const PATCH_FILE = `${CAPTURE_FOLDER}/changes.patch`;
export const ARCHIVE_FILE = `${CAPTURE_FOLDER}/untracked.zip`;
export const REQUIREMENTS_FILE = `${CAPTURE_FOLDER}/requirements.txt`;

/** The tag with the id of the run whose artifacts have the capture: the run itself, or the first of the same process. */
export const CAPTURE_TAG = "kiseki.capture";

export interface CapturedFile {
  path: string;
  bytes: number;
  /** Why it is not kept, "" where it is. */
  leftOut: string;
}

export interface CapturedPackage {
  /** Its name: what tables know it by. */
  key: string;
  version: string;
  /** Where it comes from when not from an index. */
  url: string;
  editable: boolean;
}

export interface CapturedSeed {
  library: string;
  /** Whether somebody seeded it; null where that cannot be known. */
  seeded: boolean | null;
  value: string;
  /** The digest of its state. */
  state: string;
}

export interface Captured {
  /** What started the process, as a shell takes it. */
  command: string;
  folder: string;
  script: string;
  /** Whether what ran is among the arguments, or in a file of its own. */
  repeatable: boolean;
  root: string;
  code: Source;
  hasPatch: boolean;
  files: CapturedFile[];
  submodules: { path: string; commit: string; checkedOut: string }[];
  packages: CapturedPackage[];
  python: string;
  system: string;
  processor: string;
  /** 0 where it is not known. */
  cpus: number;
  memoryBytes: number;
  gpus: { name: string; driver: string; memory: string }[];
  variables: [name: string, value: string][];
  seeds: CapturedSeed[];
  problems: string[];
}

/** Runs of these kinds say nothing that could be run again. */
const NOT_REPEATABLE = new Set(["stdin", "interactive", "notebook", "worker"]);

const asNumber = (value: unknown): number => (typeof value === "number" ? value : 0);

/** What a text says; null when it is no capture. */
export function readCapture(text: string): Captured | null {
  const found = asObject(parseJson(text));
  const command = asObject(found?.command);
  const source = asObject(found?.source);
  const host = asObject(found?.host);
  if (!found || !command || !source || !host) return null;
  const files = asObjects(source.files).map((one) => ({
    path: asText(one.path),
    bytes: asNumber(one.bytes),
    leftOut: asText(one.left_out),
  }));
  const hasPatch = asText(source.patch_sha256) !== "";
  const commit = asText(source.commit);
  const script = asText(command.script);
  return {
    command: shellCommand(asList(command.argv).map(asText)),
    folder: asText(command.folder),
    script,
    repeatable: !NOT_REPEATABLE.has(asText(command.kind)),
    root: asText(source.root),
    code: {
      name: script,
      type: "",
      entryPoint: "",
      commit,
      branch: asText(source.branch),
      repository: asText(source.repository),
      dirty: commit ? hasPatch || files.length > 0 : null,
      diff: "",
    },
    hasPatch,
    files,
    submodules: asObjects(source.submodules).map((one) => ({
      path: asText(one.path),
      commit: asText(one.commit),
      checkedOut: asText(one.checked_out),
    })),
    packages: asObjects(found.packages).map((one) => ({
      key: asText(one.name),
      version: asText(one.version),
      url: asText(one.url),
      editable: one.editable === true,
    })),
    python: [asText(host.implementation), asText(host.python)].filter(Boolean).join(" "),
    system: asText(host.system),
    processor: [asText(host.processor), asText(host.machine)].filter(Boolean).join(" · "),
    cpus: asNumber(host.cpus),
    memoryBytes: asNumber(host.memory_bytes),
    gpus: asObjects(host.gpus).map((one) => ({
      name: asText(one.name),
      driver: asText(one.driver),
      memory: asText(one.memory),
    })),
    variables: Object.entries(asObject(found.variables) ?? {}).map(([name, value]) => [name, asText(value)]),
    seeds: Object.entries(asObject(found.seeds) ?? {}).map(([library, one]) => {
      const seed = asObject(one);
      const seeded = seed?.seeded;
      return {
        library,
        seeded: typeof seeded === "boolean" ? seeded : null,
        value: asText(seed?.value),
        state: asText(seed?.state),
      };
    }),
    problems: asList(found.problems).map(asText),
  };
}
