/** What is said beside a chart: that it is on its way, that it failed, what it leaves out. */

import { Button, Skeleton } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useText } from "../../i18n";
import classes from "./panels.module.css";
import type { Picture } from "./plot";

/** A request that takes no longer than this is not spoken of. */
const PATIENCE_MS = 200;

/** A thin line that moves while something newer is on its way, when that takes long. */
export function Busy({ fetching }: { fetching: boolean }) {
  const t = useText();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(fetching), fetching ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [fetching]);
  return long && fetching ? (
    <div className={classes.busy} role="progressbar" aria-label={t.charts.loadingFiner} />
  ) : null;
}

/** What is in the place of a chart that has nothing yet. */
export function Waiting({ error, retry }: { error: Error | null; retry: () => void }) {
  const t = useText();
  if (!error) return <Skeleton className={classes.skeleton} style={{ height: "auto", top: 44 }} aria-hidden="true" />;
  return (
    <div className={classes.over} role="alert">
      {t.charts.failed}
      <Button variant="light" onClick={retry}>
        {t.common.retry}
      </Button>
    </div>
  );
}

/** What a chart does not show, and why. */
export function Notes({
  picture,
  groups,
  error,
  retry,
}: {
  picture: Picture;
  groups: boolean;
  error: Error | null;
  retry: () => void;
}) {
  const t = useText();
  const { view, curves } = picture;
  const odd = useMemo(
    () => curves.reduce((sum, curve) => sum + curve.nonfinite.reduce((a, b) => a + b, 0), 0),
    [curves],
  );
  const notes = [
    view.impossibleX && t.charts.impossibleX,
    view.impossibleY && t.charts.impossibleY,
    view.hiddenX > 0 && t.charts.hiddenX(view.hiddenX, groups),
    view.hiddenY > 0 && t.charts.hiddenY(view.hiddenY, groups),
    odd > 0 && t.charts.oddPoints(odd),
  ].filter((note) => note !== false);
  if (notes.length === 0 && !error) return null;
  return (
    <div className={classes.notes}>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {error && (
        <p>
          {t.charts.outdated}{" "}
          <Button variant="subtle" size="compact-xs" onClick={retry}>
            {t.common.retry}
          </Button>
        </p>
      )}
    </div>
  );
}
