/** The shape of a chart of many runs that is being fetched. */

import { Group, Skeleton, Stack } from "@mantine/core";
import { useText } from "../../i18n";

export function ChartSkeleton() {
  const t = useText();
  return (
    <Stack gap="md" role="status" aria-label={t.common.loading}>
      <Group gap="sm">
        <Skeleton width={150} height={28} />
        <Skeleton width={150} height={28} />
      </Group>
      <Skeleton height="50vh" />
    </Stack>
  );
}
