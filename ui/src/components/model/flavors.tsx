/** How a model can be loaded: by which libraries, and what they need to know. */

import { useText } from "../../i18n";
import type { ModelFile } from "../../lib/models/mlmodel";
import { LongText } from "../details/long-text";
import { Facts, Section } from "../details/section";
import classes from "./model.module.css";

export function Flavors({ flavors }: Pick<ModelFile, "flavors">) {
  const t = useText();
  return (
    <Section title={t.artifacts.flavors}>
      {flavors.map(({ name, details }) => (
        <div key={name} className={classes.flavor}>
          <div className={classes.flavorName}>{name}</div>
          <Facts
            facts={details.map(([label, value]) => ({
              label,
              value: (
                <span className="mono">
                  <LongText text={value} />
                </span>
              ),
            }))}
          />
        </div>
      ))}
    </Section>
  );
}
