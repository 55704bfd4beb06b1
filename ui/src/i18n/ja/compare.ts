import type { compare as en } from "../en/compare";

export const compare: typeof en = {};
