/** A key that breaks after its separators, and only then elsewhere. */

import { Fragment } from "react";

export function KeyText({ text }: { text: string }) {
  return (
    <span style={{ overflowWrap: "break-word" }}>
      {text.split(/(?<=[_/.\-=])/).map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text are their place
        <Fragment key={i}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </span>
  );
}
