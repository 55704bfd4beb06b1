// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { ChartRequest, ChartSeries } from "../../api/chart";
import type { Changes } from "../../api/types";
import { series } from "../../lib/panels/series.fixture";
import type { ChartState } from "../../state/charts";
import { show } from "../../testing";
import { type ChartRun, Panels, type PanelsProps } from "./panels";
import type { Picture } from "./plot";

const server = vi.hoisted(() => ({
  fetch: vi.fn(),
  listeners: new Set<(changes: Changes) => void>(),
  drawn: new Map<object, Picture>(),
}));

vi.mock("../../api/chart", async (original) => ({
  ...(await original<typeof import("../../api/chart")>()),
  fetchChart: (request: ChartRequest, signal?: AbortSignal) => server.fetch(request, signal),
}));
vi.mock("../../api/events", () => ({
  watch: (_: readonly string[], listener: (changes: Changes) => void) => {
    server.listeners.add(listener);
    return () => server.listeners.delete(listener);
  },
}));
vi.mock("@tanstack/react-router", () => ({ useRouter: () => ({ buildLocation: () => ({ href: "/x" }) }) }));
// There is no canvas to draw on.
vi.mock("./plot", () => ({
  Plot: class {
    constructor(_host: HTMLElement, _width: number, _height: number, picture: Picture) {
      this.show(picture);
    }
    show(picture: Picture) {
      server.drawn.set(this, picture);
    }
    resize() {}
    recolour() {}
    follow() {}
    stand() {}
    destroy() {
      server.drawn.delete(this);
    }
  },
}));

class EverythingIsSeen implements Partial<IntersectionObserver> {
  readonly #tell: IntersectionObserverCallback;
  constructor(tell: IntersectionObserverCallback) {
    this.#tell = tell;
  }
  observe(target: Element) {
    const entry = { target, isIntersecting: true, boundingClientRect: { width: 1 } };
    queueMicrotask(() => this.#tell([entry as unknown as IntersectionObserverEntry], this as never));
  }
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal("IntersectionObserver", EverythingIsSeen);

let runNumber = 0;
/** Runs that no test before has asked for: what was fetched is kept. */
const newRuns = (n: number): ChartRun[] =>
  Array.from({ length: n }, () => {
    const id = `run${runNumber++}`;
    return { id, name: `name of ${id}`, colour: "#2f7fc1" };
  });

const answer = (request: ChartRequest): ChartSeries[] =>
  request.series.map(({ run_id, key }) =>
    series(
      key === "nobody"
        ? { runId: run_id, key, x: [], mean: [] }
        : { runId: run_id, key, x: [0, 50, 100], mean: [1, 4, 2], count: [2, 2, 2], min: [0.5, 4, 2], max: [1, 9, 2] },
    ),
  );

beforeEach(() => {
  server.fetch.mockReset().mockImplementation(async (request: ChartRequest) => answer(request));
  server.drawn.clear();
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1200);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
  HTMLElement.prototype.scrollIntoView ??= () => {};
});

const KEYS = ["val/loss", "acc", "nobody", "system/cpu", "val/acc"];

/** Panels with a state as a page keeps it; `set` changes what they are told. */
function Page(given: Partial<PanelsProps> & { runs: readonly ChartRun[]; onState?: (state: ChartState) => void }) {
  const [state, setState] = useState<ChartState>(given.state ?? {});
  return (
    <Panels
      keys={KEYS}
      experimentIds={["1"]}
      {...given}
      state={state}
      onChange={(change) => {
        const next = { ...state, ...change } as ChartState;
        given.onState?.(next);
        setState(next);
      }}
    />
  );
}

const shown = () =>
  [...document.querySelectorAll<HTMLElement>("figure:not([data-gone])")].map((one) => one.dataset.panel);
const asked = () =>
  server.fetch.mock.calls.map(([request]) => (request as ChartRequest).series.map((one) => `${one.run_id} ${one.key}`));

test("a panel for each metric that a run has, by prefix, the system's closed", async () => {
  show(<Page runs={newRuns(2)} />);
  await waitFor(() => expect(shown()).toEqual(["acc", "val/acc", "val/loss"]));
  const system = screen.getByRole("button", { name: /System/ });
  expect(system.getAttribute("aria-expanded")).toBe("false");
  fireEvent.click(system);
  await waitFor(() => expect(shown()).toContain("system/cpu"));
});

test("what a chart shows is there as text, too", async () => {
  const [run] = newRuns(1);
  if (!run) return;
  show(<Page runs={[run]} keys={["acc"]} />);
  const table = await screen.findByRole("table");
  const row = within(table).getByRole("row", { name: new RegExp(run.name) });
  expect(
    within(row)
      .getAllByRole("cell")
      .map((cell) => cell.textContent),
  ).toEqual(["2 (≈ step 100)", "0.5 (≈ step 0)", "9 (≈ step 50)"]);
  expect(screen.getByRole("img", { name: /Chart of acc.*1 run/ })).toBeTruthy();
});

test("another run is asked for alone, and one that is left out is not asked for", async () => {
  const [a, b, c] = newRuns(3) as [ChartRun, ChartRun, ChartRun];
  const { rerender } = show(<Page runs={[a, b]} keys={["acc"]} />);
  await waitFor(() => expect(server.drawn.size).toBe(1));
  rerender(<Page runs={[b, c]} keys={["acc"]} />);
  await waitFor(() => expect([...server.drawn.values()][0]?.curves.map((one) => one.id)).toEqual([b.id, c.id]));
  rerender(<Page runs={[a]} keys={["acc"]} />);
  await waitFor(() => expect([...server.drawn.values()][0]?.curves.map((one) => one.id)).toEqual([a.id]));
  expect(asked()).toEqual([[`${a.id} acc`, `${b.id} acc`], [`${c.id} acc`]]);
});

test("a run that goes on is asked for again, alone", async () => {
  const [a, b] = newRuns(2) as [ChartRun, ChartRun];
  show(<Page runs={[a, b]} keys={["acc"]} />);
  await waitFor(() => expect(server.drawn.size).toBe(1));
  for (const tell of server.listeners) {
    tell({
      logged_models: [],
      experiments: [],
      registered_models: [],
      everything: false,
      runs: [
        { run_id: a.id, experiment_id: "1", what: ["metrics"] },
        { run_id: b.id, experiment_id: "1", what: ["info"] },
      ],
    });
  }
  await waitFor(() => expect(asked()).toHaveLength(2), { timeout: 4000 });
  expect(asked()[1]).toEqual([`${a.id} acc`]);
});

test("an expression that is wrong says where, and the panels stay", async () => {
  show(<Page runs={newRuns(1)} />);
  await waitFor(() => expect(shown()).toHaveLength(3));
  const filter = screen.getByRole("searchbox", { name: "Filter panels" });
  fireEvent.change(filter, { target: { value: "LOSS" } });
  await waitFor(() => expect(shown()).toEqual(["val/loss"]));
  fireEvent.change(filter, { target: { value: "LOSS(" } });
  expect(await screen.findByText(/The \( at character 5 is not closed/)).toBeTruthy();
  expect(shown()).toEqual(["val/loss"]);
});

test("panels are moved by their menu", async () => {
  const states: ChartState[] = [];
  show(<Page runs={newRuns(1)} onState={(state) => states.push(state)} />);
  await waitFor(() => expect(shown()).toEqual(["acc", "val/acc", "val/loss"]));
  fireEvent.click(screen.getByRole("button", { name: "Menu of val/loss" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Move forward" }));
  await waitFor(() => expect(shown()).toEqual(["acc", "val/loss", "val/acc"]));
  expect(states.at(-1)?.order).toEqual(["val/loss"]);
  expect(screen.getByText("val/loss is now panel 1 of 2.")).toBeTruthy();
});

test("arrow keys walk through the panels on the whole screen, Escape leaves", async () => {
  const states: ChartState[] = [];
  show(<Page runs={newRuns(1)} state={{ full: "acc" }} onState={(state) => states.push(state)} />);
  await waitFor(() => expect(shown()).toHaveLength(3));
  const dialog = await screen.findByRole("dialog", { name: "Chart of acc" });
  fireEvent.keyDown(within(dialog).getByRole("img"), { key: "ArrowRight" });
  await screen.findByRole("dialog", { name: "Chart of val/acc" });
  fireEvent.keyDown(document.body, { key: "Escape" });
  await waitFor(() => expect(states.at(-1)?.full).toBeUndefined());
});

test("keys zoom the panel that has the focus, for all panels", async () => {
  const states: ChartState[] = [];
  show(<Page runs={newRuns(1)} keys={["acc"]} onState={(state) => states.push(state)} />);
  await waitFor(() => expect(server.drawn.size).toBe(1));
  const chart = screen.getByRole("img", { name: /Chart of acc/ });
  fireEvent.keyDown(chart, { key: "+" });
  await waitFor(() => expect(states.at(-1)?.range).toEqual([25, 75]));
  fireEvent.keyDown(chart, { key: "0" });
  await waitFor(() => expect(states.at(-1)?.range).toBeUndefined());
});

test("groups are drawn as their mean", async () => {
  const runs = newRuns(4);
  const ids = runs.map((run) => run.id);
  const groups = [
    { name: "adam", colour: "#2f7fc1", runIds: ids.slice(0, 3) },
    { name: "sgd", colour: "#d9730d", runIds: ids.slice(3) },
  ];
  show(<Page runs={runs} groups={groups} keys={["acc"]} />);
  await waitFor(() => expect(server.drawn.size).toBe(1));
  const [picture] = server.drawn.values();
  expect(picture?.curves.map((one) => [one.name, [...(one.members ?? [])]])).toEqual([
    ["adam", [3, 3, 3]],
    ["sgd", [1, 1, 1]],
  ]);
});

test("what cannot be loaded is said, and asked for again", async () => {
  server.fetch.mockRejectedValue(new Error("no"));
  show(<Page runs={newRuns(1)} keys={["acc"]} />);
  const retry = await screen.findByRole("button", { name: "Try again" });
  server.fetch.mockImplementation(async (request: ChartRequest) => answer(request));
  fireEvent.click(retry);
  await waitFor(() => expect(server.drawn.size).toBe(1));
});

test("no run, no metric, no match", async () => {
  const { rerender } = show(<Page runs={[]} />);
  expect(screen.getByText("No run is shown")).toBeTruthy();
  rerender(<Page key="2" runs={newRuns(1)} keys={[]} />);
  expect(await screen.findByText("No metrics yet")).toBeTruthy();
  rerender(<Page key="3" runs={newRuns(1)} state={{ panels: "zzz" }} />);
  expect(await screen.findByText("No panel matches")).toBeTruthy();
});
