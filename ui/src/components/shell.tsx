/** What is around every page: the head with its links, choices and search; messages; the state of the connection. */

import {
  ActionIcon,
  Anchor,
  Box,
  Button,
  Group,
  Kbd,
  Menu,
  Paper,
  Stack,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useText } from "../i18n";
import { useCommands, useKeys } from "../state/commands";
import { useConnected } from "../state/connection";
import { preferences } from "../state/preferences";
import { toasts, useToasts } from "../state/toasts";
import { Icon } from "./icons";
import classes from "./shell.module.css";
import { EmptyState } from "./states";

const Palette = lazy(() => import("./palette"));
const Keys = lazy(() => import("./keys"));

const RETRY_MS = 3_000;

export function Shell() {
  const t = useText();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  useKeys(() => setPalette(true));
  useCommands([
    {
      id: "go-experiments",
      label: t.common.experiments,
      keys: "g e",
      run: () => void navigate({ to: "/experiments", search: {} }),
    },
    { id: "go-settings", label: t.common.settings, keys: "g s", run: () => void navigate({ to: "/settings" }) },
    { id: "theme-light", label: `${t.common.theme}: ${t.common.light}`, run: () => setColorScheme("light") },
    { id: "theme-dark", label: `${t.common.theme}: ${t.common.dark}`, run: () => setColorScheme("dark") },
    { id: "language-en", label: "English", run: () => preferences.choose("en") },
    { id: "language-ja", label: "日本語", run: () => preferences.choose("ja") },
    { id: "keys", label: t.settings.keys, keys: "?", run: () => setKeys(true) },
  ]);
  return (
    <div className={classes.shell}>
      <a className="skip" href="#content">
        {t.common.skipToContent}
      </a>
      <header className={classes.head}>
        <Link to="/experiments" search={{}} className={classes.brand}>
          <img src="favicon.svg" alt="" width={22} height={22} />
          <span>kiseki</span>
        </Link>
        <nav className={classes.nav} aria-label={t.settings.navigation}>
          <Link to="/experiments" search={{}} activeProps={{ className: classes.active ?? "" }}>
            {t.common.experiments}
          </Link>
          <Link to="/settings" activeProps={{ className: classes.active ?? "" }}>
            {t.common.settings}
          </Link>
        </nav>
        <Box style={{ flex: 1 }} />
        <UnstyledButton
          className={classes.search ?? ""}
          onClick={() => setPalette(true)}
          aria-label={t.settings.palette}
        >
          <Icon name="search" />
          <span className={classes.searchText}>{t.common.search}</span>
          <Kbd size="xs">{/Mac/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</Kbd>
        </UnstyledButton>
        <LanguageMenu />
        <ThemeButton />
      </header>
      <ConnectionBar />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <ToastArea />
      <Suspense>
        {palette && <Palette onClose={() => setPalette(false)} />}
        {keys && <Keys onClose={() => setKeys(false)} />}
      </Suspense>
    </div>
  );
}

function LanguageMenu() {
  const t = useText();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t.common.language}>
          <Icon name="globe" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => preferences.choose("auto")}>{t.common.auto}</Menu.Item>
        <Menu.Item lang="en" onClick={() => preferences.choose("en")}>
          English
        </Menu.Item>
        <Menu.Item lang="ja" onClick={() => preferences.choose("ja")}>
          日本語
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeButton() {
  const t = useText();
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t.common.theme}>
          <Icon name="sun" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => setColorScheme("auto")}>{t.common.auto}</Menu.Item>
        <Menu.Item leftSection={<Icon name="sun" />} onClick={() => setColorScheme("light")}>
          {t.common.light}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="moon" />} onClick={() => setColorScheme("dark")}>
          {t.common.dark}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Says that the server is gone, asks for it until it is back, and then for all that is shown. */
function ConnectionBar() {
  const t = useText();
  const up = useConnected();
  const client = useQueryClient();
  const wasDown = useRef(false);
  useEffect(() => {
    if (up) {
      if (wasDown.current) {
        wasDown.current = false;
        toasts.show({ text: t.common.serverBack });
        void client.invalidateQueries();
      }
      return;
    }
    wasDown.current = true;
    const timer = setInterval(() => void client.refetchQueries({ type: "active" }), RETRY_MS);
    return () => clearInterval(timer);
  }, [up, client, t]);
  if (up) return null;
  return (
    <div className={classes.lost} role="alert">
      {t.common.serverLost}
    </div>
  );
}

function ToastArea() {
  const t = useText();
  const items = useToasts();
  return (
    <div className={classes.toasts} role="status" aria-live="polite">
      {items.map((toast) => (
        <Paper key={toast.id} shadow="md" p="sm" withBorder className={classes.toast ?? ""}>
          <Group gap="sm" wrap="nowrap">
            <Text size="sm" c={toast.kind === "error" ? "red" : undefined} style={{ flex: 1 }}>
              {toast.text}
            </Text>
            {toast.action && (
              <Button
                variant="light"
                onClick={() => {
                  toast.action?.run();
                  toasts.close(toast.id);
                }}
              >
                {toast.action.label}
              </Button>
            )}
            <ActionIcon aria-label={t.common.close} onClick={() => toasts.close(toast.id)}>
              <Icon name="close" />
            </ActionIcon>
          </Group>
        </Paper>
      ))}
    </div>
  );
}

export function NotFound() {
  const t = useText();
  return (
    <EmptyState title={t.common.notFoundTitle}>
      <Stack align="center" gap="sm">
        <Text>{t.common.notFoundText}</Text>
        <Anchor component={Link} to="/experiments">
          {t.common.experiments}
        </Anchor>
      </Stack>
    </EmptyState>
  );
}
