/** Versions of a registered model side by side. */

import { Button, Switch, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import detailClasses from "../components/details/details.module.css";
import { Icon } from "../components/icons";
import { RegistryCrumbs } from "../components/registry/crumbs";
import { EmptyState, errorText, RowsSkeleton } from "../components/states";
import { useText } from "../i18n";
import { shownRows } from "../lib/comparison";
import { versionRows } from "../lib/registry/comparison";
import { useComparedName, useCompareVersionsSearch } from "../state/registry";
import classes from "./compare/compare.module.css";
import { useComparison } from "./compare-versions/data";
import { rowName, VersionComparison } from "./compare-versions/table";

/** More have no place beside each other. */
const MOST = 20;
const NONE: readonly string[] = [];

export function CompareVersionsPage() {
  const t = useText();
  const name = useComparedName();
  const [search] = useCompareVersionsSearch();
  const numbers = search.versions?.slice(0, MOST) ?? NONE;
  useDocumentTitle(`${t.registry.compareTitle(name, numbers.length)} · kiseki`);
  return (
    <div className={classes.page}>
      <header className={detailClasses.header}>
        <RegistryCrumbs name={name} />
        <div className={classes.titleRow}>
          <Title order={1}>{t.registry.compareTitle(name, numbers.length)}</Title>
        </div>
      </header>
      {numbers.length === 0 ? (
        <EmptyState
          title={t.registry.compareEmpty}
          action={
            <Button
              variant="light"
              renderRoot={(props) => <Link to="/models/$name" params={{ name }} search={{}} {...props} />}
            >
              {t.registry.versions}
            </Button>
          }
        >
          <Text size="sm">{t.registry.compareEmptyText}</Text>
        </EmptyState>
      ) : (
        <Comparison name={name} numbers={numbers} />
      )}
    </div>
  );
}

function Comparison({ name, numbers }: { name: string; numbers: readonly string[] }) {
  const t = useText();
  const [search, change] = useCompareVersionsSearch();
  const { versions, errors, loading } = useComparison(name, numbers);
  const rows = versionRows(versions);
  // One version differs from nothing.
  const all = search.all === true || numbers.length < 2;
  const q = search.q ?? "";
  const shown = shownRows(rows, all, q, (row) => rowName(row, t));
  const failed = errors.find((error) => error !== null);
  return (
    <div className={classes.overview}>
      <div className={classes.tools}>
        <TextInput
          size="xs"
          w={190}
          leftSection={<Icon name="search" size={13} />}
          placeholder={t.compare.filter}
          aria-label={t.compare.filter}
          value={q}
          onChange={(event) => change({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        <Switch
          size="xs"
          label={t.compare.differing}
          checked={search.all !== true}
          disabled={numbers.length < 2}
          onChange={(event) => change({ all: event.currentTarget.checked ? undefined : true })}
        />
        {failed && (
          <Text size="xs" c="red" role="alert">
            {errorText(failed, t)}
          </Text>
        )}
      </div>
      {/* Of a version that is not there yet, all would seem to be missing. */}
      {loading ? (
        <RowsSkeleton rows={12} />
      ) : (
        <VersionComparison name={name} numbers={numbers} versions={versions} rows={shown} />
      )}
      {!loading && shown.length === 0 && (
        <div className={classes.nothing} role="status">
          <Text size="sm">{q ? t.compare.noMatch(q) : t.registry.allSame}</Text>
          {!all && (
            <Button variant="light" onClick={() => change({ all: true })}>
              {t.compare.showAll}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
