/** A chart as a PNG image, with its title above and the names of its curves below. */

import { type Picture, Plot } from "./plot";

const [WIDTH, HEIGHT] = [1200, 560];
const [HEAD, ROW, COLUMN, MARGIN] = [44, 20, 280, 16];
const FAMILY = "system-ui, 'Noto Sans JP', sans-serif";
const NO_EVENTS = { hover: () => {}, zoom: () => {} };

export interface Names {
  title: string;
  /** The curves that are named, and what is said of the rest; "" when there is none. */
  named: readonly { name: string; colour: string }[];
  more: string;
}

/** The picture drawn anew in the size of an image. `like` is the plot whose colours it has. */
export async function toImage(picture: Picture, names: Names, like: Element): Promise<Blob | null> {
  const host = like.cloneNode(false) as HTMLElement;
  host.style.cssText = `position:fixed;left:-${2 * WIDTH}px;width:${WIDTH}px;height:${HEIGHT}px`;
  like.after(host);
  const plot = new Plot(host, WIDTH, HEIGHT, picture, NO_EVENTS);
  try {
    // uPlot draws once what was asked of it is done.
    await new Promise(requestAnimationFrame);
    return await compose(plot, names);
  } finally {
    plot.destroy();
    host.remove();
  }
}

function compose(plot: Plot, { title, named, more }: Names): Promise<Blob | null> {
  const { canvas, ink, ground } = plot.drawn;
  const ratio = canvas.width / WIDTH;
  const columns = Math.floor((WIDTH - 2 * MARGIN) / COLUMN);
  const rows = Math.ceil(named.length / columns) + (more ? 1 : 0);
  const image = document.createElement("canvas");
  image.width = canvas.width;
  image.height = Math.ceil((HEAD + HEIGHT + rows * ROW + MARGIN) * ratio);
  const ctx = image.getContext("2d");
  if (!ctx) return Promise.resolve(null);
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, image.width, image.height);
  ctx.drawImage(canvas, 0, HEAD * ratio);
  ctx.scale(ratio, ratio);
  ctx.fillStyle = ink;
  ctx.font = `600 17px ${FAMILY}`;
  ctx.fillText(shorten(ctx, title, WIDTH - 2 * MARGIN), MARGIN, 28);
  ctx.font = `13px ${FAMILY}`;
  const at = (row: number) => HEAD + HEIGHT + (row + 0.8) * ROW;
  named.forEach(({ name, colour }, i) => {
    const [x, y] = [MARGIN + (i % columns) * COLUMN, at(Math.floor(i / columns))];
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.arc(x + 5, y - 4.5, 5, 0, 2 * Math.PI);
    ctx.fill();
    ctx.fillStyle = ink;
    ctx.fillText(shorten(ctx, name, COLUMN - 28), x + 16, y);
  });
  if (more) ctx.fillText(more, MARGIN, at(rows - 1));
  return new Promise((resolve) => image.toBlob(resolve, "image/png"));
}

function shorten(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return text;
  const chars = [...text];
  while (chars.length > 1 && ctx.measureText(`${chars.join("")}…`).width > width) chars.pop();
  return `${chars.join("")}…`;
}
