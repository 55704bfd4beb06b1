/** What previews of one file in several runs share: their zoom, how they look, and the controls above them all. */

import { createContext, type ReactNode, type Ref, useContext, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import { useOwnZoom, ZoomContext } from "./zoom";

interface Shared {
  look: string | null;
  setLook: (look: string) => void;
}

const SharedContext = createContext<Shared | null>(null);
/** Where controls go: nowhere but in the first preview, which leads; undefined where there is one preview alone. */
const SlotContext = createContext<HTMLElement | null | undefined>(undefined);

interface BesideProps {
  /** Given where the controls belong, and what leads with them. */
  children: (slot: Ref<HTMLDivElement>, lead: (one: ReactNode, leads: boolean) => ReactNode) => ReactNode;
}

export function Beside({ children }: BesideProps) {
  const zoom = useOwnZoom();
  const [look, setLook] = useState<string | null>(null);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const shared = useMemo(() => ({ look, setLook }), [look]);
  return (
    <ZoomContext value={zoom}>
      <SharedContext value={shared}>
        {children(setSlot, (one, leads) => (
          <SlotContext value={leads ? slot : null}>{one}</SlotContext>
        ))}
      </SharedContext>
    </ZoomContext>
  );
}

/** Controls of a preview, or of all that are beside it. */
export function Tools({ children }: { children: ReactNode }) {
  const slot = useContext(SlotContext);
  if (slot === undefined) return children;
  return slot && createPortal(children, slot);
}

/** Which look of its file a preview shows. */
export function useLook<T extends string>(first: T): [T, (look: T) => void] {
  const shared = useContext(SharedContext);
  const [own, setOwn] = useState<T>(first);
  return shared ? [(shared.look as T | null) ?? first, shared.setLook] : [own, setOwn];
}
