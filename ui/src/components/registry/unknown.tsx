/** A model or version that the server does not know. */

import { Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { useText } from "../../i18n";
import { EmptyState } from "../states";

export const isUnknown = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 400);

export function Unknown({ name, version }: { name: string; version?: string }) {
  const t = useText();
  return (
    <EmptyState
      title={version === undefined ? t.registry.unknownModel : t.registry.unknownVersion}
      order={1}
      action={
        <Button variant="light" renderRoot={(props) => <Link to="/models" search={{}} {...props} />}>
          {t.settings.goToModels}
        </Button>
      }
    >
      <Text className="mono">{(version === undefined ? name : `${name} / ${version}`).slice(0, 300)}</Text>
      <Text>{t.registry.unknownText}</Text>
    </EmptyState>
  );
}
