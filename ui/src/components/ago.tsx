/** A time as how long ago it was, with the exact one on top of it. */

import { Tooltip } from "@mantine/core";
import { useLanguage } from "../i18n";
import { formatAgo, formatTime } from "../lib/format";

export function Ago({ time, now }: { time: number; now: number }) {
  const language = useLanguage();
  if (!time) return null;
  return (
    <Tooltip label={formatTime(time, language)}>
      {/* A clock that differs from the server's by a little is no reason to speak of the future. */}
      <time dateTime={new Date(time).toISOString()}>{formatAgo(Math.min(time, now), now, language)}</time>
    </Tooltip>
  );
}
