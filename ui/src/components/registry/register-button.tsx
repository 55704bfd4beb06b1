/** Registers a model as a version of a registered one, after it was asked of which. */

import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Source } from "../../api/registry";
import { useText } from "../../i18n";

const RegisterDialog = lazy(async () => ({ default: (await import("./register-dialog")).RegisterDialog }));

interface RegisterButtonProps {
  source: Source;
  /** The name of the model, where there are several on a page. */
  of?: string;
}

export function RegisterButton({ source, of }: RegisterButtonProps) {
  const t = useText();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        {...(of === undefined
          ? { variant: "default" }
          : { variant: "subtle", size: "compact-xs", "aria-label": t.registry.registerOne(of) })}
        onClick={() => setAsking(true)}
      >
        {t.registry.register}
      </Button>
      <Suspense>{asking && <RegisterDialog source={source} onClose={() => setAsking(false)} />}</Suspense>
    </>
  );
}
