import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/client";
import { NotFound, Shell } from "./components/shell";
import { Pending, RouteError } from "./components/states";
import { readCompareSearch } from "./state/compare";
import { readExperimentsSearch } from "./state/experiments";
import { readRunSearch } from "./state/run";
import { readRunsSearch } from "./state/runs";
import { theme } from "./theme";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A browser that is offline may well reach a server on the same machine.
      networkMode: "always",
      staleTime: 2_000,
      // An answer that says no says it again; a server that is gone comes back.
      retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 3,
      refetchOnWindowFocus: false,
    },
  },
});

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/experiments", search: {} });
  },
});

const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  validateSearch: readExperimentsSearch,
  component: lazyRouteComponent(() => import("./pages/experiments"), "ExperimentsPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$ids",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import("./pages/runs"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$runId",
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import("./pages/run"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import("./pages/compare"), "ComparePage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings"), "SettingsPage"),
});

const router = createRouter({
  routeTree: root.addChildren([home, experiments, runs, run, compare, settings]),
  basepath: new URL(document.baseURI).pathname,
  // Ids of several experiments are read in the address.
  pathParamsAllowedCharacters: [","],
  defaultErrorComponent: RouteError,
  defaultPendingComponent: Pending,
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name="kiseki-nonce"]')?.content ?? "";

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
