/** The code and environment of a run. */

import { Code } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { listArtifacts, runOwner } from "../../api/artifacts";
import type { RunDetails } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { Facts, Section } from "../../components/details/section";
import { Patch } from "../../components/patch";
import { useText } from "../../i18n";
import { type ArtifactLinks, artifactLinks } from "../../lib/environment";
import { readModels } from "../../lib/models/history";
import { CAPTURE_TAG } from "../../lib/reproducibility/capture";
import { hasSource, readSource } from "../../lib/source";
import { tagValue } from "../../lib/tags";
import { codeFacts } from "./code-facts";
import own from "./run.module.css";

const MAX_FOLDERS = 4;

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
              ...codeFacts(source, t),
              { label: t.run.diffFile, value: links.diffs.length > 0 ? <Files>{links.diffs.map(file)}</Files> : null },
            ]}
          />
          {source.diff && (
            <details className={classes.details}>
              <summary>{t.run.diff}</summary>
              <Patch text={source.diff} />
            </details>
          )}
          {tagValue(details.tags, CAPTURE_TAG) && (
            <p className={own.more}>
              <Link to="/runs/$runId" params={{ runId: details.run.run_id }} search={{ tab: "reproducibility" }}>
                {t.reproducibility.seeAll}
              </Link>
            </p>
          )}
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

/** A JSON or other text as it was given. */
export function Raw({ text }: { text: string }) {
  return (
    <Code block className={own.raw}>
      {text}
    </Code>
  );
}
