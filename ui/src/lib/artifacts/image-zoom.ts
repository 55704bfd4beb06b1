/** How large an image is shown. */

/** A factor of its own size, or as large as there is room. */
export type Scale = number | "fit";

const STEPS = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];
/** A small image is made larger than it is to fill the room, so that its pixels can be seen: digits have 8 × 8. */
const SMALL_PIXELS = 160;
const MOST_FIT = 32;

export interface Size {
  width: number;
  height: number;
}

/** The factor by which an image fills its room. Drawings have no size of their own, and fill it always. */
export function fitFactor(image: Size, room: Size, drawing: boolean): number {
  if (image.width <= 0 || image.height <= 0 || room.width <= 0 || room.height <= 0) return 1;
  const whole = Math.min(room.width / image.width, room.height / image.height);
  if (drawing) return whole;
  const small = Math.max(image.width, image.height) <= SMALL_PIXELS;
  // Whole factors keep pixels square.
  if (small && whole >= 1) return Math.min(MOST_FIT, Math.floor(whole));
  return Math.min(1, whole);
}

/** The next larger or smaller step from a factor. */
export function zoomStep(factor: number, direction: 1 | -1): number {
  if (direction === 1) return STEPS.find((step) => step > factor * 1.001) ?? (STEPS.at(-1) as number);
  return STEPS.findLast((step) => step < factor * 0.999) ?? (STEPS[0] as number);
}

/** "150%". */
export const percent = (factor: number): string => `${Math.round(factor * 100)}%`;
