import { expect, test } from "vitest";
import { readCapture } from "./capture";

const CAPTURE = {
  version: 1,
  run_id: "a".repeat(32),
  command: { kind: "script", argv: ["/env/bin/python", "train.py", "--name", "two words"], folder: "/code" },
  source: {
    root: "/code",
    repository: "https://github.com/me/code.git",
    commit: "c".repeat(40),
    branch: null,
    patch_sha256: "d".repeat(64),
    files: [
      { path: "new.py", bytes: 3, sha256: "e".repeat(64) },
      { path: "data.bin", bytes: 9e9, sha256: null, left_out: "It is larger than 1 MiB." },
    ],
    submodules: [{ path: "lib", commit: "1".repeat(40), checked_out: null }],
  },
  packages: [
    { name: "numpy", version: "2.1.0", url: null, editable: false },
    { name: "mine", version: "0.1", url: "file:///code/mine", editable: true },
  ],
  host: {
    python: "3.12.1",
    implementation: "CPython",
    system: "Linux-6",
    machine: "x86_64",
    processor: "",
    cpus: 4,
    memory_bytes: null,
    gpus: [{ name: "T4", driver: "550", memory: "16 GiB" }],
  },
  variables: { LANG: "C" },
  seeds: { random: { seeded: null, value: null, state: "ab" }, torch: { seeded: true, value: 7, state: null } },
  problems: ["No."],
};

test("a capture is read", () => {
  expect(readCapture(JSON.stringify(CAPTURE))).toEqual({
    command: "/env/bin/python train.py --name 'two words'",
    folder: "/code",
    script: "",
    repeatable: true,
    root: "/code",
    code: {
      name: "",
      type: "",
      entryPoint: "",
      commit: "c".repeat(40),
      branch: "",
      repository: "https://github.com/me/code.git",
      dirty: true,
      diff: "",
    },
    hasPatch: true,
    files: [
      { path: "new.py", bytes: 3, leftOut: "" },
      { path: "data.bin", bytes: 9e9, leftOut: "It is larger than 1 MiB." },
    ],
    submodules: [{ path: "lib", commit: "1".repeat(40), checkedOut: "" }],
    packages: [
      { key: "numpy", version: "2.1.0", url: "", editable: false },
      { key: "mine", version: "0.1", url: "file:///code/mine", editable: true },
    ],
    python: "CPython 3.12.1",
    system: "Linux-6",
    processor: "x86_64",
    cpus: 4,
    memoryBytes: 0,
    gpus: [{ name: "T4", driver: "550", memory: "16 GiB" }],
    variables: [["LANG", "C"]],
    seeds: [
      { library: "random", seeded: null, value: "", state: "ab" },
      { library: "torch", seeded: true, value: "7", state: "" },
    ],
    problems: ["No."],
  });
});

test("without a commit nothing is said to be changed", () => {
  const found = readCapture(JSON.stringify({ ...CAPTURE, source: { ...CAPTURE.source, commit: null } }));
  expect(found?.code.dirty).toBeNull();
});

test("what is typed at a prompt cannot be run again", () => {
  const command = { ...CAPTURE.command, kind: "interactive" };
  expect(readCapture(JSON.stringify({ ...CAPTURE, command }))?.repeatable).toBe(false);
});

test.each(["", "{", "[]", "{}", '{"command":{},"source":[]}', "null"])("%s is no capture", (text) => {
  expect(readCapture(text)).toBeNull();
});

test("parts of other shapes are left out", () => {
  const odd = { ...CAPTURE, packages: [1, null, { name: "a", version: 1 }], seeds: [], variables: 3, problems: {} };
  const found = readCapture(JSON.stringify(odd));
  expect(found?.packages).toEqual([{ key: "a", version: "1", url: "", editable: false }]);
  expect(found?.variables).toEqual([]);
  expect(found?.problems).toEqual([]);
});
