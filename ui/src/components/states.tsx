/** What a page shows instead of its content: loading, nothing there, an error. */

import { Alert, Button, Center, Code, Group, Loader, Skeleton, Stack, Text, Title } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError, Unreachable } from "../api/client";
import { useText } from "../i18n";
import classes from "./states.module.css";

/** A page that is being fetched. */
export function Pending() {
  const t = useText();
  return (
    <Center h="40vh" role="status" aria-label={t.common.loading}>
      <Loader size="sm" />
    </Center>
  );
}

/** The shape of rows that are being fetched. */
export function RowsSkeleton({ rows = 8 }: { rows?: number }) {
  const t = useText();
  return (
    <Stack gap="xs" p="md" role="status" aria-label={t.common.loading}>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton are their index
        <Skeleton key={i} height={22} width={`${95 - ((i * 13) % 30)}%`} />
      ))}
    </Stack>
  );
}

/** What an error means and what to do. */
export function errorText(error: unknown, t: ReturnType<typeof useText>): string {
  if (error instanceof Unreachable) return t.common.errorUnreachable;
  if (error instanceof ApiError) return error.status >= 500 ? t.common.errorServer(error.status) : error.message;
  return error instanceof Error ? error.message : String(error);
}

export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useText();
  return (
    <Alert color="red" title={t.common.errorTitle} m="md" role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{errorText(error, t)}</Text>
        {error instanceof ApiError && error.code && <Code>{error.code}</Code>}
        {retry && (
          <Button variant="default" onClick={retry}>
            {t.common.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  return <ErrorState error={error} retry={reset} />;
}

/** Nothing is here yet: why, and what makes it be there. */
export function EmptyState({
  title,
  order = 2,
  children,
  action,
}: {
  title: string;
  /** 1 where nothing else is on the page. */
  order?: 1 | 2;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Center mih="30vh" p="xl">
      <Stack gap="sm" align="center" className={classes.empty ?? ""}>
        <Title order={order}>{title}</Title>
        {children}
        {action && <Group>{action}</Group>}
      </Stack>
    </Center>
  );
}

/** The way on from where nothing is. */
export function ToExperiments() {
  const t = useText();
  return (
    <Button variant="light" renderRoot={(props) => <Link to="/experiments" search={{}} {...props} />}>
      {t.settings.goToExperiments}
    </Button>
  );
}
