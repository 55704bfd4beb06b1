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
import { ApiError, Unreachable } from "./api/client";
import { getMlflowVersion } from "./api/endpoints";
import { NotFound, Shell } from "./components/shell";
import { Pending, RouteError } from "./components/states";
import { loadLanguages } from "./i18n";
import { readCompareSearch } from "./state/compare";
import { readExperimentsSearch } from "./state/experiments";
import { readModelSearch } from "./state/model";
import { readModelsSearch } from "./state/models";
import {
  readCompareVersionsSearch,
  readRegisteredModelSearch,
  readRegisteredModelsSearch,
  readVersionSearch,
} from "./state/registry";
import { readRunSearch } from "./state/run";
import { readRunsSearch } from "./state/runs";
import { theme } from "./theme";

const RETRY_MS = 1_000;
const MOST_REFUSED = 3;
const AHEAD_MS = 3_000;

/** A page's code, asked for until the server answers: without one, the router would reload what is on screen. */
async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let refused = 0; ; ) {
    try {
      return await load();
    } catch (error) {
      const gone = await getMlflowVersion().then(
        () => false,
        (why: unknown) => why instanceof Unreachable,
      );
      // A server that is there and has no such file has a newer one: then the router reloads the page. One that has only
      // just come, or is about to go, is asked again.
      if (!gone && ++refused === MOST_REFUSED) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const pages = {
  experiments: () => import("./pages/experiments"),
  runs: () => import("./pages/runs"),
  run: () => import("./pages/run"),
  models: () => import("./pages/models"),
  model: () => import("./pages/model"),
  compare: () => import("./pages/compare"),
  registeredModels: () => import("./pages/registered-models"),
  registeredModel: () => import("./pages/registered-model"),
  modelVersion: () => import("./pages/model-version"),
  compareVersions: () => import("./pages/compare-versions"),
  settings: () => import("./pages/settings"),
};

// When there is time: a server that goes away later takes no page with it.
setTimeout(() => void Promise.allSettled([...Object.values(pages), loadLanguages].map((load) => load())), AHEAD_MS);

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
  component: lazyRouteComponent(() => patiently(pages.experiments), "ExperimentsPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$ids",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => patiently(pages.runs), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$runId",
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => patiently(pages.run), "RunPage"),
});

const models = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$ids/models",
  validateSearch: readModelsSearch,
  component: lazyRouteComponent(() => patiently(pages.models), "ModelsPage"),
});

const model = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$ids/models/$modelId",
  validateSearch: readModelSearch,
  component: lazyRouteComponent(() => patiently(pages.model), "ModelPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => patiently(pages.compare), "ComparePage"),
});

const registeredModels = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: readRegisteredModelsSearch,
  component: lazyRouteComponent(() => patiently(pages.registeredModels), "RegisteredModelsPage"),
});

const registeredModel = createRoute({
  getParentRoute: () => root,
  path: "/models/$name",
  validateSearch: readRegisteredModelSearch,
  component: lazyRouteComponent(() => patiently(pages.registeredModel), "RegisteredModelPage"),
});

const modelVersion = createRoute({
  getParentRoute: () => root,
  path: "/models/$name/versions/$version",
  validateSearch: readVersionSearch,
  component: lazyRouteComponent(() => patiently(pages.modelVersion), "ModelVersionPage"),
});

const compareVersions = createRoute({
  getParentRoute: () => root,
  path: "/models/$name/compare",
  validateSearch: readCompareVersionsSearch,
  component: lazyRouteComponent(() => patiently(pages.compareVersions), "CompareVersionsPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => patiently(pages.settings), "SettingsPage"),
});

const router = createRouter({
  routeTree: root.addChildren([
    home,
    experiments,
    runs,
    run,
    models,
    model,
    compare,
    registeredModels,
    registeredModel,
    modelVersion,
    compareVersions,
    settings,
  ]),
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
