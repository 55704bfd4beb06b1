/** How wide a text is, near enough to leave room for it, and texts that are cut to fit. */

const WIDE =
  /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u;
const NARROW = /[iljftr.,:;'|!()[\] ]/;

/** In px at a font size; East Asian letters are as wide as they are high. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += WIDE.test(letter) ? 1 : NARROW.test(letter) ? 0.35 : 0.6;
  return width * size;
}

/** The text, or as much of its beginning as fits, with an ellipsis. */
export function fitText(text: string, size: number, room: number): string {
  if (textWidth(text, size) <= room) return text;
  let width = size;
  let kept = "";
  for (const letter of text) {
    width += textWidth(letter, size);
    if (width > room) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}
