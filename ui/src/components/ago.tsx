/** A time as how long ago it was, to the minute, with the exact one on top of it. */

import { Tooltip } from "@mantine/core";
import { type Language, useLanguage, useText } from "../i18n";
import type { Catalogue } from "../i18n/en";
import { formatAgo, formatTime } from "../lib/format";

const MINUTE_MS = 60_000;
/** How often what says minutes looks at the clock. */
export const AGO_STEP_MS = 20_000;

export function agoText(time: number, now: number, t: Catalogue, language: Language): string {
  // A clock that differs from the server's by a little is no reason to speak of the future.
  return now - time < MINUTE_MS ? t.common.justNow : formatAgo(time, now, language);
}

interface AgoProps {
  time: number;
  now: number;
  /** Puts it into a sentence. */
  say?: (ago: string) => string;
}

export function Ago({ time, now, say = (ago) => ago }: AgoProps) {
  const t = useText();
  const language = useLanguage();
  if (!time) return null;
  return (
    <Tooltip label={formatTime(time, language)}>
      <time dateTime={new Date(time).toISOString()}>{say(agoText(time, now, t, language))}</time>
    </Tooltip>
  );
}
