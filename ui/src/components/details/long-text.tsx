/** A text that is cut where it is long, until one asks for all of it. */

import { Anchor } from "@mantine/core";
import { useState } from "react";
import { useText } from "../../i18n";
import classes from "./details.module.css";

const SHORT_CHARS = 240;
const SHORT_LINES = 5;

export function LongText({ text }: { text: string }) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const short = shorten(text);
  if (short === text) return <span className={classes.value}>{text}</span>;
  return (
    <span className={classes.value}>
      {open ? text : `${short}…`}{" "}
      <Anchor component="button" type="button" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? t.run.showLess : t.run.showAll}
      </Anchor>
    </span>
  );
}

function shorten(text: string): string {
  const lines = text.split("\n", SHORT_LINES + 1);
  const short = lines.length > SHORT_LINES ? lines.slice(0, SHORT_LINES).join("\n") : text;
  return short.length > SHORT_CHARS + 40 ? short.slice(0, SHORT_CHARS) : short;
}
