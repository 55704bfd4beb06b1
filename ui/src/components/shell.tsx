/** What is around every page: the head with its links, choices and search; messages; the state of the connection. */

import { ActionIcon, Box, Button, Menu, Paper, Text, UnstyledButton, useComputedColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from "react";
import { useText } from "../i18n";
import { useCommands, useKeys } from "../state/commands";
import { useConnected } from "../state/connection";
import { toasts, useToasts } from "../state/toasts";
import { type Choice, useLanguageChoice, useThemeChoice } from "./choices";
import { Icon, type IconName } from "./icons";
import { KeyChips } from "./key-chips";
import classes from "./shell.module.css";
import { paletteKeys, SHELL } from "./shell-keys";
import { EmptyState, ToExperiments } from "./states";

const Palette = lazy(() => import("./palette"));
const Keys = lazy(() => import("./keys"));

const RETRY_MS = 3_000;

/** Pages of experiments and of what is in them. */
const WORK: ReadonlySet<string> = new Set([
  "/experiments",
  "/experiments/$ids",
  "/experiments/$ids/models",
  "/experiments/$ids/models/$modelId",
  "/runs/$runId",
  "/compare",
]);

export function Shell() {
  const t = useText();
  const navigate = useNavigate();
  const language = useLanguageChoice();
  const theme = useThemeChoice();
  const shownTheme = useComputedColorScheme("light");
  const working = useRouterState({ select: (state) => state.matches.some((one) => WORK.has(one.routeId)) });
  const inRegistry = useRouterState({
    select: (state) => state.matches.some((one) => one.routeId === "/models" || one.routeId.startsWith("/models/")),
  });
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(main);
  useKeys(() => setPalette(true));
  useCommands([
    {
      id: `${SHELL}experiments`,
      label: t.settings.goToExperiments,
      keys: "g e",
      run: () => void navigate({ to: "/experiments", search: {} }),
    },
    {
      id: `${SHELL}models`,
      label: t.settings.goToModels,
      keys: "g m",
      run: () => void navigate({ to: "/models", search: {} }),
    },
    {
      id: `${SHELL}settings`,
      label: t.settings.goToSettings,
      keys: "g s",
      run: () => void navigate({ to: "/settings" }),
    },
    { id: `${SHELL}undo`, label: t.settings.undoLast, keys: "z", run: () => toasts.undo() },
    { id: `${SHELL}keys`, label: t.settings.keys, keys: "?", run: () => setKeys(true) },
    ...[theme, language].flatMap((choice) =>
      choice.options.map(({ value, label }) => ({
        id: `${SHELL}${choice.id}-${value}`,
        label: `${choice.label}: ${label}`,
        run: () => choice.choose(value),
      })),
    ),
  ]);
  return (
    <div className={classes.shell}>
      {/* Not a link: "#content" would be one to the start page, of which <base> is the address. */}
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t.common.skipToContent}
      </button>
      <header className={classes.head}>
        <Link to="/experiments" search={{}} className={classes.brand} aria-label={t.common.appName}>
          <img src="favicon.svg" alt="" width={22} height={22} />
          <span>{t.common.appName}</span>
        </Link>
        <nav className={classes.nav} aria-label={t.settings.navigation}>
          <Link to="/experiments" search={{}} data-active={working || undefined}>
            {t.common.experiments}
          </Link>
          <Link to="/models" search={{}} data-active={inRegistry || undefined}>
            {t.common.models}
          </Link>
          <Link to="/settings" activeProps={{ "data-active": true }}>
            {t.common.settings}
          </Link>
        </nav>
        <Box style={{ flex: 1 }} />
        <UnstyledButton
          className={classes.search ?? ""}
          onClick={() => setPalette(true)}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <Icon name="search" />
          <span className={classes.searchText}>{t.common.search}</span>
          <KeyChips keys={paletteKeys()} hint />
        </UnstyledButton>
        <ChoiceMenu choice={language} icon="globe" />
        <ChoiceMenu choice={theme} icon={shownTheme === "dark" ? "moon" : "sun"} />
      </header>
      <ConnectionBar />
      <main id="content" ref={main} className={classes.main} tabIndex={-1}>
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

/** On another page, or part of one, the focus is at its start: the next Tab, or a screen reader, goes on from there. */
function useFocusOnNewPage(main: RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.href });
  const before = useRef(path);
  useEffect(() => {
    const first = before.current === undefined;
    if (before.current === path) return;
    before.current = path;
    if (first) return;
    // What had the focus went with the page before; what the new one focuses itself keeps it.
    const frame = requestAnimationFrame(() => {
      if (!document.activeElement || document.activeElement === document.body)
        main.current?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [path, main]);
}

function ChoiceMenu({ choice, icon }: { choice: Choice; icon: IconName }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={choice.label}>
          <Icon name={icon} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={choice.value} onChange={choice.choose}>
          {choice.options.map(({ label, ...option }) => (
            <Menu.RadioItem key={option.value} {...option}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
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
    // biome-ignore lint/a11y/noStaticElementInteractions: pointer and focus are looked at alone
    <div
      className={classes.toasts}
      // Nothing goes while it is being read or aimed at.
      onPointerEnter={() => toasts.hold()}
      onPointerLeave={() => toasts.release()}
      onFocus={() => toasts.hold()}
      onBlur={() => toasts.release()}
    >
      <div role="status" aria-live="polite" aria-relevant="additions" className={classes.toastList}>
        {items.map((toast) => (
          <Paper
            key={toast.id}
            shadow="md"
            p="xs"
            pl="sm"
            withBorder
            className={classes.toast ?? ""}
            data-kind={toast.kind}
          >
            <Text size="sm" style={{ flex: 1, minWidth: 0 }} role={toast.kind === "error" ? "alert" : undefined}>
              {toast.text}
            </Text>
            {toast.action && (
              <Button
                variant="light"
                style={{ flex: "none" }}
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
          </Paper>
        ))}
      </div>
    </div>
  );
}

export function NotFound() {
  const t = useText();
  return (
    <EmptyState title={t.common.notFoundTitle} order={1} action={<ToExperiments />}>
      <Text>{t.common.notFoundText}</Text>
    </EmptyState>
  );
}
