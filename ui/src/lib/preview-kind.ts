/** How a file is shown, by its name: what it contains is not asked, and what is not known is looked into. */

import type { Language } from "./highlight";

export type PreviewKind =
  | "image"
  | "audio"
  | "video"
  | "pdf"
  | "html"
  | "markdown"
  | "table"
  | "json"
  | "mlmodel"
  | "notebook"
  | "text"
  | "npy"
  | "zip"
  | "safetensors"
  | "parquet"
  | "unknown";

const SUFFIXES: Record<Exclude<PreviewKind, "unknown" | "mlmodel">, string> = {
  image: "png jpg jpeg jfif gif webp avif bmp ico svg apng",
  audio: "wav mp3 ogg oga opus flac m4a aac weba",
  video: "mp4 m4v webm ogv mov mkv",
  pdf: "pdf",
  html: "html htm xhtml",
  markdown: "md markdown",
  table: "csv tsv",
  json: "json geojson webmanifest",
  notebook: "ipynb",
  text:
    "txt log err out cfg conf ini toml properties env xml yaml yml py pyi py3 pyx js mjs cjs ts tsx jsx sh bash zsh " +
    "css scss sql r jl c h cc cpp hpp cu java go rs rst tex bib diff patch jsonl ndjson lock dockerfile proto mlproject " +
    "prototxt pbtxt jinja j2 tf hcl vtt srt",
  npy: "npy",
  zip: "npz zip pt pth keras whl jar ckpt docx xlsx pptx",
  safetensors: "safetensors",
  parquet: "parquet",
};

const KINDS = new Map(
  Object.entries(SUFFIXES).flatMap(([kind, suffixes]) =>
    suffixes.split(" ").map((suffix) => [suffix, kind as PreviewKind] as const),
  ),
);

const NAMES = new Map<string, PreviewKind>(
  Object.entries<PreviewKind>({
    mlmodel: "mlmodel",
    mlproject: "text",
    dockerfile: "text",
    makefile: "text",
    license: "text",
    notice: "text",
    readme: "text",
    ".gitignore": "text",
    ".dockerignore": "text",
  }),
);

const LANGUAGES: [Language, string][] = [
  ["python", "py pyi py3 pyx"],
  ["javascript", "js mjs cjs ts tsx jsx java go rs c h cc cpp hpp cu css scss proto"],
  ["shell", "sh bash zsh env dockerfile makefile"],
  ["yaml", "yaml yml mlproject mlmodel"],
  ["json", "json geojson webmanifest jsonl ndjson ipynb"],
  ["toml", "toml ini cfg conf properties lock"],
  ["diff", "diff patch"],
  ["markup", "xml html htm xhtml svg"],
];

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The folder of a path, "" for the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** What follows the last dot of the name, in small letters. */
export function suffixOf(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

export function previewKind(path: string): PreviewKind {
  return NAMES.get(baseName(path).toLowerCase()) ?? KINDS.get(suffixOf(path)) ?? "unknown";
}

/** The language that a text is coloured as, null for plain text. */
export function languageOf(path: string): Language | null {
  const suffix = suffixOf(path) || baseName(path).toLowerCase();
  return LANGUAGES.find(([, suffixes]) => suffixes.split(" ").includes(suffix))?.[0] ?? null;
}
