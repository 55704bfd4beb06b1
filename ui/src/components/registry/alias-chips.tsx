/** Aliases as chips. */

import { Link } from "@tanstack/react-router";
import { useText } from "../../i18n";
import { Icon } from "../icons";
import classes from "./registry.module.css";

interface AliasChipsProps {
  aliases: readonly { alias: string; version?: string }[];
  /** Of the registered model: each chip leads to its version, where that is named. */
  name?: string;
  /** No more are shown. */
  most?: number;
}

export function AliasChips({ aliases, name, most = aliases.length }: AliasChipsProps) {
  const t = useText();
  if (aliases.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label={t.registry.aliases}>
      {aliases.slice(0, most).map(({ alias, version }) => (
        <li key={alias} className={classes.alias} title={version ? t.registry.aliasOf(alias, version) : alias}>
          <Icon name="bookmark" size={11} />
          {name && version ? (
            <Link
              to="/models/$name/versions/$version"
              params={{ name, version }}
              search={{}}
              className={classes.aliasLink}
            >
              <span className="truncate">{alias}</span>
              <span className={classes.aliasVersion}>{version}</span>
            </Link>
          ) : (
            <span className="truncate">{alias}</span>
          )}
        </li>
      ))}
      {aliases.length > most && <li className={classes.rest}>+{aliases.length - most}</li>}
    </ul>
  );
}
