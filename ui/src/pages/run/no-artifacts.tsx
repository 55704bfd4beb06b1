/** A run without files: how it gets some. */

import { Text } from "@mantine/core";
import { Snippet } from "../../components/snippet";
import { EmptyState } from "../../components/states";
import { useText } from "../../i18n";
import { logFiles, serverAddress } from "../../lib/snippets";

export function NoArtifacts({ runId }: { runId: string }) {
  const t = useText();
  return (
    <EmptyState title={t.artifacts.emptyTitle}>
      <Text size="sm">{t.artifacts.emptyText}</Text>
      <Snippet code={logFiles(serverAddress(document.baseURI), runId)} />
    </EmptyState>
  );
}
