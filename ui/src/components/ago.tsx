/** A time as how long ago it was, to the minute, with the exact one on top of it. */

import { Tooltip } from "@mantine/core";
import { useLanguage, useText } from "../i18n";
import { formatAgo, formatTime } from "../lib/format";

const MINUTE_MS = 60_000;

export function Ago({ time, now }: { time: number; now: number }) {
  const t = useText();
  const language = useLanguage();
  if (!time) return null;
  return (
    <Tooltip label={formatTime(time, language)}>
      {/* A clock that differs from the server's by a little is no reason to speak of the future. */}
      <time dateTime={new Date(time).toISOString()}>
        {now - time < MINUTE_MS ? t.common.justNow : formatAgo(time, now, language)}
      </time>
    </Tooltip>
  );
}
