/** The packages that a model needs, as its requirements.txt has them. */

import { useText } from "../../i18n";
import { CopyButton } from "../copy-button";
import { Section } from "../details/section";
import classes from "./model.module.css";

export function Requirements({ text }: { text: string }) {
  const t = useText();
  return (
    <Section
      title={t.models.requirements}
      actions={<CopyButton text={text} label={t.models.requirementsCopy} size="xs" />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre className={classes.requirements} tabIndex={0}>
        {text.trimEnd()}
      </pre>
    </Section>
  );
}
