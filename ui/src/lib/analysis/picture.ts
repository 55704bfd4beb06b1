/** A chart that is on screen as a file: SVG and PNG. */

const STYLES = [
  "display",
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-opacity",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "paint-order",
  "font-size",
  "font-family",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
];

/**
 * A picture on its own: styles are written into it, since the page's are not there. What is drawn on canvases under it
 * are images in it. Elements with `data-export` are only in the file, those with `data-screen` only on the screen;
 * `data-pad` is room above that only the file has.
 */
export function svgText(svg: SVGSVGElement, ground: string, canvases: Iterable<HTMLCanvasElement> = []): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    const target = copies[i];
    if (!target) return;
    for (const name of STYLES) {
      const value = style.getPropertyValue(name);
      if (value) target.style.setProperty(name, value);
    }
    if (original.hasAttribute("data-export")) target.style.removeProperty("display");
    target.removeAttribute("class");
  });
  for (const one of copy.querySelectorAll("[data-screen]")) one.remove();
  // One that is only for files has no place on the screen.
  const seen = svg.getBoundingClientRect();
  const width = seen.width || Number(svg.getAttribute("width"));
  const height = seen.height || Number(svg.getAttribute("height"));
  const above = Number(svg.dataset.pad ?? 0);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height + above));
  copy.setAttribute("viewBox", `0 ${-above} ${width} ${height + above}`);
  copy.removeAttribute("style");
  const make = (name: string, attributes: Record<string, string>) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const whole = { x: "0", y: "0", width: String(width), height: String(height) };
  const behind = { ...whole, y: String(-above), height: String(height + above), fill: ground };
  const first = copy.firstChild;
  copy.insertBefore(make("rect", behind), first);
  for (const canvas of canvases) {
    copy.insertBefore(make("image", { ...whole, href: canvas.toDataURL("image/png") }), first);
  }
  return new XMLSerializer().serializeToString(copy);
}

const PNG_SCALE = 2;

/** The picture in dots, twice as many as on a plain screen. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * PNG_SCALE;
    canvas.height = image.naturalHeight * PNG_SCALE;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
