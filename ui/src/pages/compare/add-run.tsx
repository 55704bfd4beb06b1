/** Looks for a run by its name or id, to compare it with the others. */

import { Button, Combobox, Group, Loader, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { findExperiments, findRuns } from "../../api/endpoints";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { runFilter } from "../../lib/compare/run-filter";
import { formatTime } from "../../lib/format";
import { useCommands } from "../../state/commands";
import { pageKeys } from "../../state/page-keys";

const SHOWN = 10;
const TYPING_MS = 200;
/** As far from the edge as options are. */
const HINT_INSET = 10;

export interface AddRunProps {
  /** The experiments to look in; all when there are none. */
  experimentIds: readonly string[];
  /** Runs that are there already. */
  taken: readonly string[];
  onAdd: (runId: string) => void;
}

export function AddRun({ experimentIds, taken, onAdd }: AddRunProps) {
  const t = useText();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  useCommands([{ ...pageKeys.compare(t).add, run: () => combobox.openDropdown() }]);
  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      withinPortal={false}
      width={340}
      onOptionSubmit={(id) => {
        combobox.closeDropdown();
        onAdd(id);
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={13} />}
          aria-expanded={combobox.dropdownOpened}
          aria-haspopup="listbox"
          onClick={() => combobox.toggleDropdown()}
        >
          {t.compare.add}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {combobox.dropdownOpened && <Found experimentIds={experimentIds} taken={taken} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** The same where it is the main thing on the page. */
export function FindRun({ experimentIds, taken, onAdd }: AddRunProps) {
  const combobox = useCombobox({ opened: true });
  return (
    <Combobox store={combobox} onOptionSubmit={onAdd} withinPortal={false}>
      <Found experimentIds={experimentIds} taken={taken} />
    </Combobox>
  );
}

function Found({ experimentIds, taken }: Omit<AddRunProps, "onAdd">) {
  const t = useText();
  const language = useLanguage();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text, TYPING_MS);
  const query = useQuery({
    queryKey: ["compare-add", experimentIds, wanted],
    queryFn: async ({ signal }) => {
      const known = experimentIds.length > 0;
      const all = known ? null : await findExperiments({ max_results: 100 }, signal);
      const names = new Map(all?.experiments.map((one) => [one.experiment_id, one.name]));
      const found = await findRuns(
        {
          experiment_ids: known ? [...experimentIds] : [...names.keys()],
          filter: runFilter(wanted),
          max_results: SHOWN + taken.length + 1,
        },
        signal,
      );
      return { runs: found.runs, names };
    },
    placeholderData: keepPreviousData,
  });
  // What was found for another text says nothing of this one.
  const answered = wanted === text && !query.isPlaceholderData;
  const others = (query.data?.runs ?? []).filter((run) => !taken.includes(run.run_id));
  const shown = others.slice(0, SHOWN);
  return (
    <>
      <Combobox.EventsTarget>
        <TextInput
          // What the button opened is there to be typed into.
          data-autofocus
          ref={focused}
          size="xs"
          m={4}
          leftSection={<Icon name="search" size={13} />}
          rightSection={query.isFetching && <Loader size={12} />}
          placeholder={t.compare.addPlaceholder}
          aria-label={t.compare.addPlaceholder}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Combobox.EventsTarget>
      {text === "" && (
        <Text size="xs" c="dimmed" px={HINT_INSET} py={4}>
          {t.compare.addLatest}
        </Text>
      )}
      <Combobox.Options mah="max(18rem, 52dvh)" style={{ overflowY: "auto" }} tabIndex={0} aria-label={t.compare.add}>
        {shown.map((run) => (
          <Combobox.Option key={run.run_id} value={run.run_id}>
            <Text size="sm" truncate>
              {run.name || run.run_id}
            </Text>
            <Group gap="xs" wrap="nowrap">
              <Text size="xs" c="dimmed" className="mono">
                {run.run_id.slice(0, 8)}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {[query.data?.names.get(run.experiment_id), formatTime(run.start_time, language)]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </Group>
          </Combobox.Option>
        ))}
        {query.data && answered && shown.length === 0 && <Combobox.Empty>{t.compare.addNone}</Combobox.Empty>}
        {query.error && !query.data && <Combobox.Empty>{errorText(query.error, t)}</Combobox.Empty>}
      </Combobox.Options>
      {others.length > SHOWN && text !== "" && (
        <Text size="xs" c="dimmed" px={HINT_INSET} py={6}>
          {t.compare.addMore}
        </Text>
      )}
    </>
  );
}

const focused = (input: HTMLInputElement | null) => input?.focus({ preventScroll: true });
