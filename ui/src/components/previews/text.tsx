/** Text with line numbers, of which only the lines in sight are made. */

import { ActionIcon, Switch, TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useText } from "../../i18n";
import { findAll, type Hit, MAX_HITS } from "../../lib/artifacts/find-text";
import { columnsOf } from "../../lib/encoding";
import { Highlighter, type Language, type Token } from "../../lib/highlight";
import { Icon } from "../icons";
import { Grow, Info } from "./parts";
import classes from "./previews.module.css";

const LINE_HEIGHT = 20;
/** Longer lines are cut: a browser takes seconds to lay one out. */
const MAX_LINE = 10_000;
/** In longer texts what is coloured is not worth the time. */
const MAX_COLOURED = 200_000;

const NO_HITS: readonly Hit[] = [];

const COLOURS: Record<Token["kind"], string | undefined> = {
  plain: undefined,
  keyword: classes.keyword,
  string: classes.string,
  number: classes.numeral,
  comment: classes.comment,
  name: classes.property,
  added: classes.added,
  removed: classes.removed,
};

export interface TextViewProps {
  lines: readonly string[];
  language: Language | null;
  /** What the text is called for those who hear it. */
  label: string;
  /** More of the bar above it. */
  children?: ReactNode;
}

export function TextView({ lines, language, label, children }: TextViewProps) {
  const t = useText();
  const [wrap, setWrap] = useState(false);
  const [wanted, setWanted] = useState("");
  const [chosen, setChosen] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const highlighter = useMemo(
    () => (language && lines.length <= MAX_COLOURED ? new Highlighter(lines, language) : null),
    [lines, language],
  );
  const widest = useMemo(
    () => lines.reduce((most, line) => Math.max(most, line.length <= most / 2 ? 0 : columnsOf(line)), 0),
    [lines],
  );
  const hits = useMemo(() => findAll(lines, wanted), [lines, wanted]);
  const byLine = useMemo(() => linesOf(hits), [hits]);
  const digits = String(lines.length).length;
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines have other heights when they are wrapped
  useEffect(() => virtualizer.measure(), [virtualizer, wrap]);
  const go = (index: number) => {
    if (hits.length === 0) return;
    const next = (index + hits.length) % hits.length;
    setChosen(next);
    const hit = hits[next];
    if (hit) virtualizer.scrollToIndex(hit.line, { align: "center" });
  };
  const now = hits[Math.min(chosen, hits.length - 1)];
  return (
    <>
      <div className={classes.bar}>
        {children}
        <Info>{t.artifacts.lines(lines.length)}</Info>
        <Grow />
        <TextInput
          size="xs"
          w={170}
          value={wanted}
          leftSection={<Icon name="search" size={13} />}
          placeholder={t.artifacts.find}
          aria-label={t.artifacts.find}
          onChange={(event) => {
            setWanted(event.currentTarget.value);
            setChosen(0);
            const first = findAll(lines, event.currentTarget.value, 1)[0];
            if (first) virtualizer.scrollToIndex(first.line, { align: "center" });
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            go(chosen + (event.shiftKey ? -1 : 1));
          }}
        />
        {wanted !== "" && (
          <>
            <span role="status">
              {hits.length >= MAX_HITS
                ? t.artifacts.foundMany(chosen + 1, hits.length)
                : t.artifacts.found(Math.min(chosen, hits.length - 1) + 1, hits.length)}
            </span>
            <ActionIcon aria-label={t.artifacts.previous} onClick={() => go(chosen - 1)} disabled={hits.length === 0}>
              <Icon name="up" size={14} />
            </ActionIcon>
            <ActionIcon aria-label={t.artifacts.next} onClick={() => go(chosen + 1)} disabled={hits.length === 0}>
              <Icon name="down" size={14} />
            </ActionIcon>
          </>
        )}
        <Switch
          size="xs"
          label={t.artifacts.wrap}
          checked={wrap}
          onChange={(event) => setWrap(event.currentTarget.checked)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section ref={scroller} className={classes.text} tabIndex={0} aria-label={label}>
        <div
          className={`${classes.lines} ${wrap ? classes.wrapped : ""}`}
          style={{
            height: virtualizer.getTotalSize(),
            width: wrap ? "100%" : `calc(${Math.min(widest, MAX_LINE)}ch + ${digits}ch + 3rem)`,
          }}
        >
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              ref={wrap ? virtualizer.measureElement : undefined}
              data-index={item.index}
              className={classes.line}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span
                className={classes.number}
                style={{ minWidth: `calc(${digits}ch + 1.5rem)` }}
                data-number={item.index + 1}
                aria-hidden="true"
              />
              <code className={classes.code}>
                <Line
                  text={lines[item.index] ?? ""}
                  tokens={highlighter?.line(item.index) ?? null}
                  hits={byLine.get(item.index) ?? NO_HITS}
                  now={now ?? null}
                  length={wanted.length}
                />
              </code>
            </div>
          ))}
        </div>
      </section>
    </>
  );
}

function linesOf(hits: readonly Hit[]): Map<number, Hit[]> {
  const found = new Map<number, Hit[]>();
  for (const hit of hits) {
    const own = found.get(hit.line);
    if (own) own.push(hit);
    else found.set(hit.line, [hit]);
  }
  return found;
}

interface LineProps {
  text: string;
  tokens: readonly Token[] | null;
  hits: readonly Hit[];
  now: Hit | null;
  length: number;
}

function Line({ text, tokens, hits, now, length }: LineProps) {
  const cut = text.length > MAX_LINE;
  if (hits.length > 0)
    return <Marked text={cut ? text.slice(0, MAX_LINE) : text} hits={hits} now={now} length={length} />;
  if (cut) return `${text.slice(0, MAX_LINE)}…`;
  if (!tokens) return text;
  return <Coloured tokens={tokens} />;
}

/** A line of code. */
export function Coloured({ tokens }: { tokens: readonly Token[] }) {
  return tokens.map((token, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens of a line are their place
    <span key={i} className={COLOURS[token.kind]}>
      {token.text}
    </span>
  ));
}

function Marked({ text, hits, now, length }: Omit<LineProps, "tokens">) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const hit of hits) {
    parts.push(text.slice(at, hit.at));
    parts.push(
      <mark key={hit.at} className={hit.line === now?.line && hit.at === now.at ? classes.hitNow : classes.hit}>
        {text.slice(hit.at, hit.at + length)}
      </mark>,
    );
    at = hit.at + length;
  }
  return [...parts, text.slice(at)];
}
