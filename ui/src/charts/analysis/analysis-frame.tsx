/** What is around each chart of many runs: its choices, the table instead of the picture, and what can be taken home. */

import { Button, Group, Menu, SegmentedControl, Text, useComputedColorScheme } from "@mantine/core";
import { type ReactNode, type RefObject, useState } from "react";
import { Icon, type IconName } from "../../components/icons";
import { useLanguage, useText } from "../../i18n";
import type { Cell } from "../../lib/analysis/column-values";
import { pngOf, svgText } from "../../lib/analysis/picture";
import { csvText } from "../../lib/csv";
import { fileName, saveCsv, saveFile } from "../../lib/files";
import { useNarrow } from "../../state/narrow";
import { toasts } from "../../state/toasts";
import classes from "./analysis.module.css";
import type { Analysis } from "./use-analysis";

/** Numbers of a chart, as a table and as CSV. */
export interface ChartData {
  header: readonly string[];
  rows: readonly (readonly Cell[])[];
}

interface AnalysisFrameProps {
  title: string;
  analysis: Analysis;
  controls?: ReactNode;
  /** Whether the choices are many: on narrow screens they are folded away. */
  folds?: boolean;
  /** Under the picture. */
  notes?: ReactNode;
  data: () => ChartData;
  /** What the table shows; without it the chart is one. */
  table?: ReactNode;
  /** The element that has the picture's `svg` and, below it, perhaps a `canvas`; without it there is no picture. */
  picture?: RefObject<HTMLDivElement | null>;
  children: ReactNode;
}

export function AnalysisFrame({
  title,
  analysis,
  controls,
  folds = false,
  notes,
  data,
  table,
  picture,
  children,
}: AnalysisFrameProps) {
  const t = useText().analysis;
  const folded = useNarrow() && folds;
  const [unfolded, setUnfolded] = useState(false);
  const asTable = table !== undefined && analysis.options.view === "table";
  return (
    <section className={classes.frame} aria-label={title}>
      <div className={classes.toolbar}>
        {folded ? (
          <Button
            variant="default"
            leftSection={<Icon name="settings" size={14} />}
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            {t.choices}
          </Button>
        ) : (
          <div className={classes.controls}>{controls}</div>
        )}
        <Group gap="xs" wrap="nowrap" className={classes.actions}>
          {table !== undefined && (
            <SegmentedControl
              size="xs"
              aria-label={t.view}
              data={[
                { value: "chart", label: <Toggle icon="chart" label={t.asChart} /> },
                { value: "table", label: <Toggle icon="table" label={t.asTable} /> },
              ]}
              value={asTable ? "table" : "chart"}
              onChange={(view) => analysis.change({ options: { view: view === "table" ? view : undefined } })}
            />
          )}
          <ExportMenu title={title} data={data} {...(picture && !asTable && { picture })} />
        </Group>
      </div>
      {folded && unfolded && <div className={classes.controls}>{controls}</div>}
      {asTable ? table : children}
      {notes && !asTable && <div className={classes.notes}>{notes}</div>}
    </section>
  );
}

function Toggle({ icon, label }: { icon: IconName; label: string }) {
  return (
    <span className={classes.toggle}>
      <Icon name={icon} size={14} />
      {label}
    </span>
  );
}

function ExportMenu({ title, data, picture }: Pick<AnalysisFrameProps, "title" | "data" | "picture">) {
  const t = useText().analysis;
  const ground = useComputedColorScheme("light") === "dark" ? "#242424" : "#ffffff";
  const saveData = () => {
    const { header, rows } = data();
    saveCsv(fileName(title, "csv"), csvText([header, ...rows]));
  };
  const savePicture = async (kind: "png" | "svg") => {
    const svg = picture?.current?.querySelector<SVGSVGElement>("svg[data-plot]");
    if (!svg) return;
    const text = svgText(svg, ground, picture?.current?.querySelectorAll("canvas"));
    const content = kind === "png" ? await pngOf(text) : new Blob([text], { type: "image/svg+xml" });
    saveFile(fileName(title, kind), content);
  };
  const tryPicture = (kind: "png" | "svg") =>
    void savePicture(kind).catch(() => toasts.show({ kind: "error", text: t.exportFailed }));
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="download" size={14} />}>
          {t.exportChart}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={saveData}>{t.exportCsv}</Menu.Item>
        {picture && <Menu.Item onClick={() => tryPicture("png")}>{t.exportPng}</Menu.Item>}
        {picture && <Menu.Item onClick={() => tryPicture("svg")}>{t.exportSvg}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A line under a chart: sentences, of which those that are not said are left out. */
export function Note({ head, say }: { head?: string; say: readonly (string | false | null | undefined)[] }) {
  const text = say.filter(Boolean).join(useLanguage() === "ja" ? "" : " ");
  if (!text) return null;
  return (
    <Text size="xs" className={classes.quiet}>
      {head && <b>{head}: </b>}
      {text}
    </Text>
  );
}
