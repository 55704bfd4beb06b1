/** Tags: which are people's own, and what the others say. */

import type { Tag } from "../api/types";

export const NOTE_TAG = "mlflow.note.content";

const SYSTEM = /^(mlflow|kiseki)\./;

/** Whether programs keep a tag for themselves. */
export const isSystemTag = (key: string): boolean => SYSTEM.test(key);

/** The tags that people gave, by key. */
export function userTags(tags: readonly Tag[]): Tag[] {
  return tags.filter((tag) => !isSystemTag(tag.key)).sort(byKey);
}

/** The tags that programs gave, by key; the note, which is shown as such, is not among them. */
export function systemTags(tags: readonly Tag[]): Tag[] {
  return tags.filter((tag) => isSystemTag(tag.key) && tag.key !== NOTE_TAG).sort(byKey);
}

/** The value of a tag, "" where there is none. */
export function tagValue(tags: readonly Tag[], key: string): string {
  return tags.find((tag) => tag.key === key)?.value ?? "";
}

/** The first line of a note as plain text, without the marks of Markdown. */
export function firstLine(markdown: string): string {
  for (const line of markdown.split(/\r?\n/, 50)) {
    const text = plain(line.slice(0, 500));
    if (text) return text;
  }
  return "";
}

function plain(line: string): string {
  return line
    .replace(/^\s*(#{1,6}\s+|>\s*|[-*+]\s+(\[[ xX]\]\s+)?|\d+[.)]\s+|```.*$|([-*_]\s*){3,}$)/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|~~|`)/g, "")
    .trim();
}

function byKey(a: Tag, b: Tag): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
