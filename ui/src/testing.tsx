/** What components need around them in tests, where there is no browser. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import type { ReactElement, ReactNode } from "react";
import { afterEach } from "vitest";
import { showLanguage } from "./i18n";
import { theme } from "./theme";

// jsdom lays nothing out.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
if (!document.fonts) {
  const fonts = { addEventListener: () => {}, removeEventListener: () => {} };
  Object.defineProperty(document, "fonts", { value: fonts });
}

await showLanguage();

afterEach(cleanup);

/** Renders with theme and queries; motions take no time. */
export function show(element: ReactElement) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </MantineProvider>
  );
  return render(element, { wrapper });
}
