import { expect, test } from "vitest";
import { hexRows } from "./hex";

test("rows of sixteen", () => {
  const rows = hexRows(Uint8Array.from({ length: 17 }, (_, i) => i + 48));
  expect(rows).toEqual([
    { offset: "00000000", hex: "30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f", text: "0123456789:;<=>?" },
    { offset: "00000010", hex: "40".padEnd(48), text: "@" },
  ]);
  expect(hexRows(new Uint8Array([0, 127]))[0]?.text).toBe("··");
  expect(hexRows(new Uint8Array())).toEqual([]);
});
