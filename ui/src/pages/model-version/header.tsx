/** What a version is and to which model it belongs, above all of its tabs. */

import { ActionIcon, Button, Group, Menu, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { ModelVersion } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { CopyButton } from "../../components/copy-button";
import { CopyLink } from "../../components/copy-link";
import classes from "../../components/details/details.module.css";
import { Icon } from "../../components/icons";
import { AliasChips } from "../../components/registry/alias-chips";
import { RegistryCrumbs } from "../../components/registry/crumbs";
import { Stage } from "../../components/registry/stage";
import { useText } from "../../i18n";
import { versionUri } from "../../lib/registry/snippets";
import { byNumber } from "../../lib/registry/versions";
import { useNow } from "../../state/clock";
import { refreshModel } from "../../state/registered-model";
import { useVersions } from "../../state/registered-models";
import { toasts } from "../../state/toasts";

const DeleteVersionDialog = lazy(async () => ({
  default: (await import("../../components/registry/dialogs")).DeleteVersionDialog,
}));

export function VersionHeader({ version, onMove }: { version: ModelVersion; onMove: () => void }) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const { name } = version;
  const uri = versionUri(name, version.version);
  return (
    <header className={classes.header}>
      <RegistryCrumbs name={name} />
      <div className={classes.titleRow}>
        <div className={classes.name}>
          <Title order={1} className={classes.nameText} title={name}>
            {name} {t.registry.version(version.version)}
          </Title>
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button onClick={onMove}>{t.registry.promote}</Button>
          <VersionMenu version={version} />
        </Group>
      </div>
      <div className={classes.summary}>
        <AliasChips aliases={version.aliases.map((alias) => ({ alias }))} />
        <Stage stage={version.current_stage} />
        <span>
          <Ago time={version.creation_timestamp} now={now} say={t.registry.registeredAgo} />
        </span>
        {version.user_id && <span>{version.user_id}</span>}
        <span className={classes.id}>
          <span className="mono">{uri}</span>
          <CopyButton text={uri} label={t.registry.copyUri} size="xs" />
        </span>
      </div>
    </header>
  );
}

function VersionMenu({ version: { name, version } }: { version: ModelVersion }) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const others = useVersions(name).items.filter((one) => one.version !== version);
  // The one before it; of the first one, the one after it.
  const other = others.find((one) => Number(one.version) < Number(version)) ?? others.at(-1);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size="lg" aria-label={t.experiments.actionsOf(t.registry.version(version))}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {other && (
            <Menu.Item
              leftSection={<Icon name="compare" />}
              onClick={() =>
                void navigate({
                  to: "/models/$name/compare",
                  params: { name },
                  search: { versions: [{ version }, other].sort(byNumber).map((one) => one.version) },
                })
              }
            >
              {t.registry.compareWith(other.version)}
            </Menu.Item>
          )}
          <CopyLink />
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => setRemoving(true)}>
            {t.registry.removeVersion}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {removing && (
          <DeleteVersionDialog
            name={name}
            version={version}
            onClose={() => setRemoving(false)}
            onDeleted={() => {
              toasts.show({ text: t.registry.versionRemoved(version) });
              void navigate({ to: "/models/$name", params: { name }, search: {} });
              void refreshModel(client, name);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
