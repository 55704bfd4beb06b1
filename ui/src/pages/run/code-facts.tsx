/** The code of a run as facts, with links to the pages of its repository. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import type { Fact } from "../../components/details/section";
import { KeyText } from "../../components/key-text";
import type { Catalogue } from "../../i18n/en";
import { commitPage, repositoryPage, type Source } from "../../lib/source";
import own from "./run.module.css";

const COMMIT_CHARS = 8;

export function codeFacts(source: Source, t: Catalogue): Fact[] {
  const repository = repositoryPage(source.repository);
  const shortCommit = source.commit.slice(0, COMMIT_CHARS);
  const commit = commitPage(source.repository, source.commit);
  return [
    { label: t.run.sourceName, value: mono(source.name), copy: source.name },
    { label: t.run.entryPoint, value: source.entryPoint },
    {
      label: t.run.repository,
      value: repository ? outside(repository, source.repository) : source.repository,
      copy: source.repository,
    },
    { label: t.run.branch, value: source.branch },
    {
      label: t.run.commit,
      value: commit ? outside(commit, mono(shortCommit)) : mono(shortCommit),
      copy: source.commit,
    },
    {
      label: t.run.state,
      value:
        source.dirty === null ? null : (
          <span className={source.dirty ? own.dirty : ""}>{source.dirty ? t.run.dirty : t.run.clean}</span>
        ),
    },
  ];
}

/** What machines write, which breaks at its separators; "" stays "". */
export const mono = (text: string) =>
  text && (
    <span className="mono">
      <KeyText text={text} />
    </span>
  );

function outside(href: string, text: ReactNode) {
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer" inherit>
      {text}
    </Anchor>
  );
}
