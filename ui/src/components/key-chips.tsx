/** Keys as they are on the keyboard. */

import { Kbd } from "@mantine/core";
import classes from "./keys.module.css";

/**
 * One chip for each key. As a `hint` beside what a click does as well, they are for the eye alone, and for those who have
 * a keyboard.
 */
export function KeyChips({ keys, hint = false }: { keys: string; hint?: boolean }) {
  return (
    <span className={hint ? `${classes.chips} ${classes.hint}` : classes.chips} aria-hidden={hint || undefined}>
      {keys.split(" ").map((key, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a key may come twice in a row
        <Kbd key={i} size="xs">
          {key}
        </Kbd>
      ))}
    </span>
  );
}
