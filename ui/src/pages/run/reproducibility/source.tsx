/** The code of a run: what started it, the commit, and all that was not committed. */

import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { runOwner } from "../../../api/artifacts";
import classes from "../../../components/details/details.module.css";
import { KeyTable } from "../../../components/details/key-table";
import { Facts, Section } from "../../../components/details/section";
import { KeyText } from "../../../components/key-text";
import { Patch } from "../../../components/patch";
import { MEGABYTE, useFile } from "../../../components/previews/file";
import { CutNotice, DownloadLink, Loaded } from "../../../components/previews/parts";
import { Snippet } from "../../../components/snippet";
import { useText } from "../../../i18n";
import { formatBytes } from "../../../lib/format";
import { ARCHIVE_FILE, type Captured, PATCH_FILE } from "../../../lib/reproducibility/capture";
import { codeFacts, mono } from "../code-facts";

const PATCH_BYTES = 2 * MEGABYTE;
const COMMIT_CHARS = 8;

export interface CapturedProps {
  /** The run whose artifacts have the capture. */
  holder: string;
  captured: Captured;
}

export function CapturedSource({ captured }: Pick<CapturedProps, "captured">) {
  const t = useText();
  const { command, folder, root, code } = captured;
  return (
    <Section title={t.run.source}>
      <Snippet code={command} />
      <div className={classes.after}>
        <Facts
          facts={[
            { label: t.reproducibility.folder, value: mono(folder), copy: folder },
            ...codeFacts(code, t),
            { label: t.reproducibility.root, value: root !== folder && mono(root), copy: root },
          ]}
        />
      </div>
      {!code.commit && (
        <Text size="sm" c="dimmed" mt="xs">
          {t.reproducibility.noRepository}
        </Text>
      )}
    </Section>
  );
}

export function UncommittedChanges({ holder, captured }: CapturedProps) {
  const t = useText();
  if (!captured.code.commit) return null;
  return (
    <Section
      title={t.reproducibility.changes}
      actions={captured.hasPatch && <ToArtifact holder={holder} path={PATCH_FILE} />}
    >
      {captured.hasPatch ? (
        <Changes holder={holder} />
      ) : (
        <Text size="sm" c="dimmed">
          {t.reproducibility.noChanges}
        </Text>
      )}
    </Section>
  );
}

function Changes({ holder }: { holder: string }) {
  const t = useText();
  const owner = runOwner(holder);
  const query = useFile(owner, PATCH_FILE, undefined, PATCH_BYTES);
  const text = useMemo(() => (query.data ? new TextDecoder().decode(query.data.bytes) : ""), [query.data]);
  const file = { owner, path: PATCH_FILE, label: t.reproducibility.changes };
  return (
    <Loaded query={query}>
      {(part) => (
        <>
          <CutNotice file={file} part={part} busy={false} onMore={null} />
          <Patch text={text} />
        </>
      )}
    </Loaded>
  );
}

/** Files that git does not know. */
export function OtherFiles({ holder, captured }: CapturedProps) {
  const t = useText();
  const kept = captured.files.some((file) => !file.leftOut);
  const files = useMemo(() => captured.files.map((file) => ({ key: file.path, ...file })), [captured.files]);
  if (files.length === 0) return null;
  return (
    <KeyTable
      title={captured.code.commit ? t.reproducibility.untracked : t.reproducibility.files}
      items={files}
      searchLabel={t.reproducibility.searchFiles}
      empty=""
      columns={3}
      text={({ leftOut }) => leftOut}
      actions={kept && <DownloadLink owner={runOwner(holder)} path={ARCHIVE_FILE} />}
      head={
        <tr>
          <th scope="col">{t.reproducibility.file}</th>
          <th scope="col">{t.run.size}</th>
          <th scope="col">{t.reproducibility.kept}</th>
        </tr>
      }
      row={({ path, bytes, leftOut }) => (
        <>
          <th scope="row" className="mono">
            <KeyText text={path} />
          </th>
          <td>{formatBytes(bytes)}</td>
          <td>{leftOut ? t.reproducibility.leftOut(leftOut) : t.common.yes}</td>
        </>
      )}
    />
  );
}

export function Submodules({ captured }: Pick<CapturedProps, "captured">) {
  const t = useText().reproducibility;
  if (captured.submodules.length === 0) return null;
  return (
    <Section title={t.submodules}>
      <Facts
        facts={captured.submodules.map(({ path, commit, checkedOut }) => ({
          label: path,
          value: (
            <>
              {mono(commit.slice(0, COMMIT_CHARS))}
              {checkedOut !== commit &&
                ` · ${checkedOut ? t.otherCommit(checkedOut.slice(0, COMMIT_CHARS)) : t.notCheckedOut}`}
            </>
          ),
          copy: commit,
        }))}
      />
    </Section>
  );
}

/** The file of a capture among the artifacts. */
export function ToArtifact({ holder, path }: { holder: string; path: string }) {
  return (
    <>
      <Anchor
        size="sm"
        renderRoot={(props) => (
          <Link {...props} to="/runs/$runId" params={{ runId: holder }} search={{ tab: "artifacts", path }} />
        )}
      >
        {path}
      </Anchor>
      <DownloadLink owner={runOwner(holder)} path={path} />
    </>
  );
}
