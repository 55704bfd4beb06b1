/** The tags of a thing: those that people gave, to change, and those that programs gave, out of the way. */

import { useText } from "../../i18n";
import { systemTags, userTags } from "../../lib/tags";
import { TagList, type TagListProps } from "../tag-list";
import classes from "./details.module.css";
import { LongText } from "./long-text";
import { Facts, Section } from "./section";

export function Tags({ tags, ...changes }: TagListProps) {
  const t = useText();
  const system = systemTags(tags);
  return (
    <Section title={t.run.tags.title}>
      <TagList tags={userTags(tags)} {...changes} />
      {system.length > 0 && (
        <details className={classes.details}>
          <summary>{t.run.tags.system(system.length)}</summary>
          <Facts
            facts={system.map(({ key, value }) => ({ label: key, value: <LongText text={value} />, copy: value }))}
          />
        </details>
      )}
    </Section>
  );
}
