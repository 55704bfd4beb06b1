/** Code to copy. */

import { Stack, Tabs, Text } from "@mantine/core";
import { CopyButton } from "./copy-button";
import classes from "./snippet.module.css";

export function Snippet({ code }: { code: string }) {
  return (
    <div className={classes.snippet}>
      <pre className={classes.code}>
        <code>{code}</code>
      </pre>
      <div className={classes.copy}>
        <CopyButton text={code} />
      </div>
    </div>
  );
}

export interface NamedSnippet {
  name: string;
  code: string;
  /** What is said before it. */
  text?: string;
}

/** Code to copy in several ways, the first of which is shown first. */
export function Snippets({ snippets }: { snippets: readonly NamedSnippet[] }) {
  return (
    <Tabs defaultValue={snippets[0]?.name ?? null} keepMounted={false} classNames={{ tab: classes.tab ?? "" }}>
      <Tabs.List mb="sm" className={classes.tabs ?? ""}>
        {snippets.map(({ name }) => (
          <Tabs.Tab key={name} value={name}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippets.map(({ name, code, text }) => (
        <Tabs.Panel key={name} value={name}>
          <Stack gap="xs">
            {text && <Text size="sm">{text}</Text>}
            <Snippet code={code} />
          </Stack>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
