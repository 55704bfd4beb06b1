/** What a registered model is, above all of its tabs, and what can be done with it. */

import { ActionIcon, Button, Group, Menu, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { RegisteredModel } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { CopyLink } from "../../components/copy-link";
import classes from "../../components/details/details.module.css";
import { Icon } from "../../components/icons";
import { AliasChips } from "../../components/registry/alias-chips";
import { RegistryCrumbs } from "../../components/registry/crumbs";
import { useText } from "../../i18n";
import { useNow } from "../../state/clock";
import { refreshModel } from "../../state/registered-model";
import { toasts } from "../../state/toasts";

const dialogs = () => import("../../components/registry/dialogs");
const RenameDialog = lazy(async () => ({ default: (await dialogs()).RenameDialog }));
const DeleteModelDialog = lazy(async () => ({ default: (await dialogs()).DeleteModelDialog }));

export function RegisteredModelHeader({ model, onMove }: { model: RegisteredModel; onMove: () => void }) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const { name } = model;
  return (
    <header className={classes.header}>
      <RegistryCrumbs />
      <div className={classes.titleRow}>
        <div className={classes.name}>
          <Title order={1} className={classes.nameText} title={name}>
            {name}
          </Title>
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button onClick={onMove} disabled={model.latest_versions.length === 0}>
            {t.registry.promote}
          </Button>
          <ModelMenu name={name} />
        </Group>
      </div>
      <div className={classes.summary}>
        <AliasChips aliases={model.aliases} name={name} most={8} />
        <span>
          <Ago time={model.creation_timestamp} now={now} say={t.registry.createdAgo} />
        </span>
        <span>
          <Ago time={model.last_updated_timestamp} now={now} say={t.registry.updatedAgo} />
        </span>
        {model.user_id && <span>{model.user_id}</span>}
      </div>
    </header>
  );
}

function ModelMenu({ name }: { name: string }) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size="lg" aria-label={t.models.actions}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="pencil" />} onClick={() => setDialog("rename")}>
            {t.registry.rename}
          </Menu.Item>
          <CopyLink />
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => setDialog("delete")}>
            {t.registry.removeModel}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {dialog === "rename" && (
          <RenameDialog
            name={name}
            onClose={() => setDialog(null)}
            onRenamed={(next) => {
              toasts.show({ text: t.experiments.renamed(next) });
              void navigate({ to: "/models/$name", params: { name: next }, search: true, replace: true });
              void refreshModel(client, next);
            }}
          />
        )}
        {dialog === "delete" && (
          <DeleteModelDialog
            name={name}
            onClose={() => setDialog(null)}
            onDeleted={() => {
              toasts.show({ text: t.registry.removed(name) });
              void navigate({ to: "/models", search: {} });
              void refreshModel(client, name);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
