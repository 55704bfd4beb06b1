/** The datasets that a run used. */

import { Anchor, Badge, Group, Paper, Text } from "@mantine/core";
import type { DatasetInput } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { LongText } from "../../components/details/long-text";
import { Facts, Section } from "../../components/details/section";
import { useText } from "../../i18n";
import { isPage, readDataset } from "../../lib/dataset";
import { Raw } from "./source";

export function Datasets({ inputs }: { inputs: readonly DatasetInput[] }) {
  const t = useText();
  if (inputs.length === 0) return null;
  return (
    <Section title={t.run.datasets}>
      <div className={classes.cards}>
        {inputs.map((input, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a run may use one dataset twice, and their order stays
          <Dataset key={i} input={input} />
        ))}
      </div>
    </Section>
  );
}

function Dataset({ input }: { input: DatasetInput }) {
  const t = useText();
  const read = readDataset(input);
  return (
    <Paper withBorder p="sm" className={classes.card}>
      <Group gap="xs" mb={4}>
        <Text fw={600}>{read.name}</Text>
        {read.context && (
          <Badge variant="light" tt="none">
            {read.context}
          </Badge>
        )}
      </Group>
      <Facts
        facts={[
          { label: t.run.digest, value: <span className="mono">{read.digest}</span>, copy: read.digest },
          { label: t.run.dataSource, value: read.sourceType },
          ...read.source.map(([key, value]) => ({
            label: t.run.datasetFacts[key] ?? (key || t.run.dataSource),
            value: isPage(value) ? (
              <Anchor href={value} target="_blank" rel="noopener noreferrer" inherit>
                {value}
              </Anchor>
            ) : (
              <LongText text={value} />
            ),
            copy: value,
          })),
          ...read.profile.map(([key, value]) => ({
            label: t.run.datasetFacts[key] ?? (key || t.run.profile),
            value: <LongText text={numberText(value)} />,
          })),
        ]}
      />
      {read.fields.length > 0 && (
        <details className={classes.details}>
          <summary>{t.run.fields(read.fields.length)}</summary>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t.run.fieldName}</th>
                <th scope="col">{t.run.fieldType}</th>
              </tr>
            </thead>
            <tbody>
              {read.fields.map((field) => (
                <tr key={`${field.part}${field.name}`}>
                  <td>{field.name}</td>
                  <td>
                    <span className="mono">{field.type}</span>{" "}
                    <Text span size="xs" c="dimmed">
                      {[field.part === "target" && t.run.target, field.optional && t.run.optional]
                        .filter(Boolean)
                        .join(", ")}
                    </Text>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      {read.otherSchema && (
        <details className={classes.details}>
          <summary>{t.run.schema}</summary>
          <Raw text={read.otherSchema} />
        </details>
      )}
    </Paper>
  );
}

/** A whole number with its thousands apart; what else there is stays as it is. */
const numberText = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text).toLocaleString("en") : text);
