/** The way from all experiments to a page. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useText } from "../../i18n";
import { Icon } from "../icons";
import classes from "./details.module.css";

interface CrumbsProps {
  /** The experiment that the page belongs to, or several. */
  experiments: readonly { id: string; name: string }[];
  /** What comes after them. */
  children?: ReactNode;
}

export function Crumbs({ experiments, children }: CrumbsProps) {
  const t = useText();
  return (
    <nav aria-label={t.run.breadcrumb} className={classes.crumbs}>
      <Link to="/experiments" search={{}}>
        {t.common.experiments}
      </Link>
      {experiments.length > 0 && (
        <Crumb>
          <Link
            to="/experiments/$ids"
            params={{ ids: experiments.map(({ id }) => id).join(",") }}
            search={{}}
            className="truncate"
          >
            {experiments.map(({ name }) => name).join(", ")}
          </Link>
        </Crumb>
      )}
      {children}
    </nav>
  );
}

/** One step further. */
export function Crumb({ children }: { children: ReactNode }) {
  return (
    <>
      <Icon name="right" size={10} />
      {children}
    </>
  );
}
