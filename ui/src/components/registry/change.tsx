/** What a move is: which alias or version goes from where to where. */

import type { Move } from "../../api/types";
import { useText } from "../../i18n";
import { NO_STAGE } from "../../lib/registry/stages";
import { Icon } from "../icons";
import { AliasChips } from "./alias-chips";
import classes from "./registry.module.css";
import { Stage } from "./stage";

export function Change({ kind, target, before, after }: Pick<Move, "kind" | "target" | "before" | "after">) {
  const t = useText();
  const end = (value: string) => {
    if (kind === "stage") return value === NO_STAGE ? t.registry.stages[value] : <Stage stage={value} />;
    return value ? t.registry.version(value) : t.registry.nowhere;
  };
  return (
    <span className={classes.change}>
      {kind === "alias" ? <AliasChips aliases={[{ alias: target }]} /> : <b>{t.registry.version(target)}</b>}
      <span>{end(before)}</span>
      <Icon name="right" size={11} />
      <span className="unseen">{t.registry.to}</span>
      <span>{end(after)}</span>
    </span>
  );
}
