/** The way from all registered models to a page. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useText } from "../../i18n";
import { Crumb } from "../details/crumbs";
import classes from "../details/details.module.css";

export function RegistryCrumbs({ name, children }: { name?: string; children?: ReactNode }) {
  const t = useText();
  return (
    <nav aria-label={t.run.breadcrumb} className={classes.crumbs}>
      <Link to="/models" search={{}}>
        {t.registry.title}
      </Link>
      {name !== undefined && (
        <Crumb>
          <Link to="/models/$name" params={{ name }} search={{}} className="truncate">
            {name}
          </Link>
        </Crumb>
      )}
      {children}
    </nav>
  );
}
