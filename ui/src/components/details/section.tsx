/** A part of the overview under its title. */

import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { CopyButton } from "../copy-button";
import classes from "./details.module.css";

export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div className={classes.sectionHead}>
        <Title order={2} id={id}>
          {title}
        </Title>
        {actions}
      </div>
      {children}
    </section>
  );
}

export interface Fact {
  label: string;
  value: ReactNode;
  /** What is copied; no button without it. */
  copy?: string;
}

/** Names and values in two columns; those without a value are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts
        .filter((fact) => fact.value !== "" && fact.value !== false && fact.value !== null && fact.value !== undefined)
        .map((fact) => (
          <div key={`${fact.label} ${fact.copy ?? ""}`} className={classes.fact}>
            <dt>{fact.label}</dt>
            <dd>
              <span className={classes.factValue}>{fact.value}</span>
              {fact.copy && <CopyButton text={fact.copy} size="xs" />}
            </dd>
          </div>
        ))}
    </dl>
  );
}
