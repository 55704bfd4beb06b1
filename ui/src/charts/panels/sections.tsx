/** Panels in sections that open and close. */

import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useMemo, useState } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { bucketsFor, layout, type PanelSize } from "../../lib/panels/layout";
import { type Section, SYSTEM } from "../../lib/panels/panel-order";
import type { PanelActions } from "./actions";
import { useNear } from "./near";
import { Panel, type PanelProps } from "./panel";
import classes from "./panels.module.css";
import type { Shown } from "./picture";

interface SectionsProps {
  sections: readonly Section[];
  empty: ReadonlySet<string>;
  /** Whether all are open, as long as nobody closes one. */
  open: boolean;
  size: PanelSize;
  width: number;
  shown: Shown;
  actions: PanelActions;
}

export function Sections({ sections: found, empty, open, size, width, shown, actions }: SectionsProps) {
  const t = useText();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const counts = found.map((section) => section.keys.filter((key) => !empty.has(key)).length);
  const { columns, width: panelWidth, height } = layout(size, width, counts);
  const buckets = bucketsFor(panelWidth, window.devicePixelRatio, shown.runIds.length);
  const { near, element } = useNear(columns);
  return found.map((section) => {
    const filled = section.keys.filter((key) => !empty.has(key));
    const alone = found.length === 1;
    const expanded = toggled.get(section.prefix) ?? (open || alone || section.prefix !== SYSTEM);
    const name =
      section.prefix === "" ? t.charts.ungrouped : section.prefix === SYSTEM ? t.charts.system : section.prefix;
    return (
      <section key={section.prefix} aria-label={name} style={filled.length === 0 ? { display: "none" } : undefined}>
        {alone ? (
          <VisuallyHidden>
            <h2>{name}</h2>
          </VisuallyHidden>
        ) : (
          <h2 style={{ margin: 0 }}>
            <UnstyledButton
              className={classes.sectionHead ?? ""}
              aria-expanded={expanded}
              onClick={() => setToggled(new Map(toggled).set(section.prefix, !expanded))}
            >
              <Icon name="right" size={12} />
              {name}
              <span className={classes.count}>{t.charts.panelsCount(filled.length)}</span>
            </UnstyledButton>
          </h2>
        )}
        {expanded && (
          <div
            className={classes.grid}
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              ...(alone && { paddingTop: "0.75rem" }),
            }}
          >
            {section.keys.map((metric) => (
              <PlacedPanel
                key={metric}
                metric={metric}
                shown={shown}
                actions={actions}
                buckets={buckets}
                height={height}
                near={near(metric)}
                element={element}
                up={filled[0] !== metric}
                down={filled.at(-1) !== metric}
              />
            ))}
          </div>
        )}
      </section>
    );
  });
}

function PlacedPanel({ up, down, ...props }: Omit<PanelProps, "movable"> & { up: boolean; down: boolean }) {
  const movable = useMemo(() => ({ up, down }), [up, down]);
  return <Panel {...props} movable={movable} />;
}
