/** A button of the toolbar; on narrow screens its icon alone. */

import { ActionIcon, Button, type ButtonProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import { useNarrow } from "../state/narrow";
import { Icon, type IconName } from "./icons";

interface ToolButtonProps extends Omit<ComponentPropsWithRef<"button">, keyof ButtonProps> {
  icon: IconName;
  label: string;
  disabled?: boolean;
}

export function ToolButton({ icon, label, ...rest }: ToolButtonProps) {
  const common = { ...rest, variant: "default" };
  if (useNarrow())
    return (
      <ActionIcon {...common} size={30} aria-label={label} title={label}>
        <Icon name={icon} size={14} />
      </ActionIcon>
    );
  return (
    <Button {...common} leftSection={<Icon name={icon} size={14} />}>
      {label}
    </Button>
  );
}
