/** A logged model: what it takes and gives, how it is loaded; and the file itself. */

import { Code, Stack, Table, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useText } from "../../i18n";
import { type ModelColumn, type ModelFile, readModelFile } from "../../lib/artifacts/mlmodel";
import { textLines } from "../../lib/encoding";
import { formatBytes } from "../../lib/format";
import { useLook } from "./beside";
import { Bar, type FileProps, Looks, Region } from "./parts";
import { TextView } from "./text";

export function MlmodelView({ file, text }: { file: FileProps; text: string }) {
  const t = useText();
  const [look, setLook] = useLook<"summary" | "source">("summary");
  const model = useMemo(() => readModelFile(text), [text]);
  const lines = useMemo(() => textLines(text), [text]);
  const name = file.label;
  const looks = model && (
    <Looks
      value={look}
      onChange={setLook}
      looks={[
        { value: "summary", label: t.artifacts.summary },
        { value: "source", label: t.artifacts.source },
      ]}
    />
  );
  if (!model || look === "source")
    return (
      <TextView lines={lines} language="yaml" label={name}>
        {looks}
      </TextView>
    );
  return (
    <>
      <Bar>{looks}</Bar>
      <Region label={name}>
        <Summary model={model} />
      </Region>
    </>
  );
}

function Summary({ model }: { model: ModelFile }) {
  const t = useText();
  const facts: [string, string][] = [
    [t.artifacts.modelSize, model.size === null ? "" : formatBytes(model.size)],
    [t.artifacts.created, model.created],
    [t.artifacts.modelId, model.modelId],
    [t.artifacts.mlflowVersion, model.mlflowVersion],
    [t.artifacts.example, model.example],
  ];
  const hasSignature = model.inputs !== null || model.outputs !== null || model.params !== null;
  return (
    <Stack gap="lg" maw={860}>
      <Pairs pairs={facts.filter(([, value]) => value !== "")} />
      <Stack gap="xs">
        <Title order={3}>{t.artifacts.signature}</Title>
        {!hasSignature && <Text size="sm">{t.artifacts.noSignature}</Text>}
        {model.inputs && <Columns title={t.artifacts.inputs} columns={model.inputs} />}
        {model.outputs && <Columns title={t.artifacts.outputs} columns={model.outputs} />}
        {model.params && model.params.length > 0 && <Columns title={t.artifacts.params} columns={model.params} />}
      </Stack>
      <Stack gap="xs">
        <Title order={3}>{t.artifacts.flavors}</Title>
        {model.flavors.map(({ name, details }) => (
          <Stack key={name} gap={4}>
            <Text fw={600} size="sm">
              <Code>{name}</Code>
            </Text>
            <Pairs pairs={details} mono />
          </Stack>
        ))}
      </Stack>
    </Stack>
  );
}

function Pairs({ pairs, mono = false }: { pairs: readonly [string, string][]; mono?: boolean }) {
  return (
    <Table withRowBorders={false} verticalSpacing={2} layout="fixed">
      <Table.Tbody>
        {pairs.map(([key, value]) => (
          <Table.Tr key={key}>
            <Table.Th w="38%" fw={400} c="dimmed" ff={mono ? "monospace" : undefined}>
              {key}
            </Table.Th>
            <Table.Td ff={mono ? "monospace" : undefined}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Columns({ title, columns }: { title: string; columns: readonly ModelColumn[] }) {
  const t = useText();
  const withFallback = columns.some((column) => column.fallback !== undefined);
  return (
    <Table withTableBorder verticalSpacing={3} layout="fixed" captionSide="top">
      <Table.Caption ta="left" mt={0} mb={2}>
        {title}
      </Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t.common.name}</Table.Th>
          <Table.Th>{t.artifacts.type}</Table.Th>
          {withFallback && <Table.Th>{t.artifacts.fallback}</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {columns.map((column, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns may have no name, and keep their order
          <Table.Tr key={i}>
            <Table.Td>{column.name || "–"}</Table.Td>
            <Table.Td>
              <span className="mono">{column.type}</span>
              {!column.required && (
                <Text span size="xs" c="dimmed">
                  {" "}
                  {t.artifacts.optional}
                </Text>
              )}
            </Table.Td>
            {withFallback && <Table.Td className="mono">{column.fallback}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
