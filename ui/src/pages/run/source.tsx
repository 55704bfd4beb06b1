/** The code and environment of a run. */

import { Anchor, Code } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { listArtifacts, runOwner } from "../../api/artifacts";
import type { RunDetails } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { Facts, Section } from "../../components/details/section";
import { KeyText } from "../../components/key-text";
import { useText } from "../../i18n";
import { type ArtifactLinks, artifactLinks } from "../../lib/environment";
import { readModels } from "../../lib/models/history";
import { commitPage, diffLine, hasSource, readSource, repositoryPage } from "../../lib/source";
import { tagValue } from "../../lib/tags";
import own from "./run.module.css";

const COMMIT_CHARS = 8;
const MAX_FOLDERS = 4;
const MAX_DIFF_LINES = 2_000;

const NO_LINKS: ArtifactLinks = { environment: [], diffs: [] };

/** The files of a run that tell of its environment: at its top, and beside its models. */
function useArtifactLinks(details: RunDetails): ArtifactLinks {
  const runId = details.run.run_id;
  const folders = readModels(tagValue(details.tags, "mlflow.log-model.history")).map((model) => model.path);
  const asked = ["", ...folders.slice(0, MAX_FOLDERS)];
  return (
    useQuery({
      queryKey: ["run-environment", runId, asked],
      queryFn: async ({ signal }) => {
        const answers = await Promise.allSettled(asked.map((path) => listArtifacts(runOwner(runId), path, signal)));
        return artifactLinks(answers.flatMap((one) => (one.status === "fulfilled" ? (one.value.files ?? []) : [])));
      },
      staleTime: 30_000,
    }).data ?? NO_LINKS
  );
}

export function SourceAndEnvironment({ details }: { details: RunDetails }) {
  const t = useText();
  const links = useArtifactLinks(details);
  const source = readSource(details.tags);
  const environment = details.tags.filter((tag) => /^mlflow\.(docker\.|project\.(env|backend)$)/.test(tag.key));
  const repository = repositoryPage(source.repository);
  const shortCommit = source.commit.slice(0, COMMIT_CHARS);
  const commit = commitPage(source.repository, source.commit);
  const file = (path: string) => (
    <Link key={path} to="/runs/$runId" params={{ runId: details.run.run_id }} search={{ tab: "artifacts", path }}>
      {path}
    </Link>
  );
  return (
    <>
      {(hasSource(source) || links.diffs.length > 0) && (
        <Section title={t.run.source}>
          <Facts
            facts={[
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
              { label: t.run.diffFile, value: links.diffs.length > 0 ? <Files>{links.diffs.map(file)}</Files> : null },
            ]}
          />
          {source.diff && <Diff text={source.diff} />}
        </Section>
      )}
      {(environment.length > 0 || links.environment.length > 0) && (
        <Section title={t.run.environment}>
          <Facts
            facts={environment.map(({ key, value }) => ({ label: key.replace(/^mlflow\./, ""), value, copy: value }))}
          />
          {links.environment.length > 0 && <Files>{links.environment.map(file)}</Files>}
        </Section>
      )}
    </>
  );
}

function Files({ children }: { children: readonly ReactNode[] }) {
  return <div className={own.files}>{children}</div>;
}

const mono = (text: string) =>
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

function Diff({ text }: { text: string }) {
  const t = useText();
  const lines = text.split("\n");
  const shown = lines.slice(0, MAX_DIFF_LINES);
  return (
    <details className={classes.details}>
      <summary>{t.run.diff}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre className={own.diff} tabIndex={0}>
        {shown.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text are their index
          <span key={i} data-kind={diffLine(line)}>
            {line}
            {"\n"}
          </span>
        ))}
        {lines.length > shown.length && "…"}
      </pre>
    </details>
  );
}

/** A JSON or other text as it was given. */
export function Raw({ text }: { text: string }) {
  return (
    <Code block className={own.raw}>
      {text}
    </Code>
  );
}
