/** Where a run ran: packages, machine, variables of the environment, and what random numbers started from. */

import { Badge, Text } from "@mantine/core";
import { KeyTable } from "../../../components/details/key-table";
import { Facts, Section } from "../../../components/details/section";
import { KeyText } from "../../../components/key-text";
import { useText } from "../../../i18n";
import type { Catalogue } from "../../../i18n/en";
import { formatBytes } from "../../../lib/format";
import { type Captured, type CapturedSeed, REQUIREMENTS_FILE } from "../../../lib/reproducibility/capture";
import { mono } from "../code-facts";
import { type CapturedProps, ToArtifact } from "./source";

export function Packages({ holder, captured }: CapturedProps) {
  const t = useText().reproducibility;
  return (
    <KeyTable
      title={t.packages}
      items={captured.packages}
      searchLabel={t.searchPackages}
      empty={t.noPackages}
      columns={3}
      text={({ version, url }) => `${version} ${url}`}
      actions={<ToArtifact holder={holder} path={REQUIREMENTS_FILE} />}
      head={
        <tr>
          <th scope="col">{t.package}</th>
          <th scope="col">{t.version}</th>
          <th scope="col">{t.from}</th>
        </tr>
      }
      row={({ key, version, url, editable }) => (
        <>
          <th scope="row">
            <KeyText text={key} />
          </th>
          <td className="mono">{version}</td>
          <td>
            {url ? <KeyText text={url} /> : t.index}
            {editable && (
              <Badge variant="light" size="xs" tt="none" ml={6}>
                {t.editable}
              </Badge>
            )}
          </td>
        </>
      )}
    />
  );
}

export function Environment({ captured }: Pick<CapturedProps, "captured">) {
  const t = useText();
  const { python, system, processor, cpus, memoryBytes, gpus } = captured;
  return (
    <Section title={t.run.environment}>
      <Facts
        facts={[
          { label: "Python", value: python },
          { label: t.reproducibility.system, value: system },
          { label: t.reproducibility.processor, value: processor },
          { label: t.reproducibility.cpus, value: cpus || "" },
          { label: t.reproducibility.memory, value: memoryBytes > 0 && formatBytes(memoryBytes) },
          ...gpus.map(({ name, driver, memory }, i) => ({
            label: gpus.length > 1 ? `GPU ${i}` : "GPU",
            value: [name, memory, driver && t.reproducibility.driver(driver)].filter(Boolean).join(" · "),
          })),
          { label: "GPU", value: gpus.length === 0 && t.reproducibility.noGpu },
        ]}
      />
    </Section>
  );
}

export function Variables({ captured: { variables } }: { captured: Captured }) {
  const t = useText().reproducibility;
  return (
    <Section title={t.variables}>
      {variables.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.noVariables}
        </Text>
      )}
      <Facts
        facts={variables.map(([name, value]) => ({
          label: name,
          value: value === "" ? t.emptyText : mono(value),
          copy: value,
        }))}
      />
    </Section>
  );
}

export function Seeds({ captured: { seeds } }: { captured: Captured }) {
  const t = useText();
  return (
    <Section title={t.reproducibility.seeds}>
      {seeds.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.reproducibility.noSeeds}
        </Text>
      )}
      <Facts facts={seeds.map((seed) => ({ label: nameOf(seed, t), value: seedText(seed, t) }))} />
    </Section>
  );
}

const nameOf = ({ library }: CapturedSeed, t: Catalogue) => (library === "hash" ? t.reproducibility.hash : library);

function seedText({ seeded, value, state }: CapturedSeed, t: Catalogue) {
  const { seedIs, seeded: isSeeded, notSeeded, seedUnknown, state: ofState } = t.reproducibility;
  const said = value ? seedIs(value) : seeded === null ? seedUnknown : seeded ? isSeeded : notSeeded;
  return (
    <>
      {said}
      {state && (
        <Text span size="xs" c="dimmed" ml={6} title={ofState(state)}>
          {ofState(state.slice(0, 8))}
        </Text>
      )}
    </>
  );
}
