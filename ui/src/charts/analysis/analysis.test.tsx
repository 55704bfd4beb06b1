// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { showLanguage } from "../../i18n";
import { randomOf } from "../../lib/analysis/random";
import type { ListedRun } from "../../state/run-list";
import type { AnalysisProps } from "./analysis-props";
import { ImportanceTable } from "./importance";
import { ParallelCoordinates } from "./parallel";
import { Scatter } from "./scatter";

vi.mock("@mantine/hooks", async (original) => ({
  ...(await original<typeof import("@mantine/hooks")>()),
  useElementSize: () => ({ ref: () => {}, width: 1000, height: 500 }),
  useViewportSize: () => ({ width: 1000, height: 800 }),
}));

beforeAll(showLanguage);
beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  Element.prototype.setPointerCapture = () => {};
  Element.prototype.scrollIntoView = () => {};
});
afterEach(cleanup);

const COLUMNS = ["metrics.acc", "metrics.loss", "params.depth", "params.lr", "params.net"];

function makeRuns(n: number): ListedRun[] {
  const random = randomOf(1);
  return Array.from({ length: n }, (_, i) => {
    const lr = 10 ** (-4 * random());
    const net = ["large", "small"][i % 2] ?? "";
    const acc = i === 3 ? null : 1 + Math.log10(lr) / 8 + (net === "large" ? 0.2 : 0);
    return {
      id: `id${i}`,
      experimentId: "1",
      name: `run ${i}`,
      user: "",
      status: "FINISHED",
      startTime: i,
      endTime: null,
      deleted: false,
      colour: "#123456",
      values: {
        "metrics.acc": acc,
        "metrics.loss": acc === null ? Number.NaN : 1 - acc + 0.1 * random(),
        "params.depth": "4",
        "params.lr": lr.toPrecision(3),
        "params.net": net,
      },
    };
  });
}

/** A chart on a page that keeps what it is told, as the URL does. */
function show(Chart: (props: AnalysisProps) => React.ReactNode, runs: ListedRun[], columns = COLUMNS) {
  const told = { axes: undefined as string[] | undefined, chart: undefined as string | undefined, opened: "" };
  function Page() {
    const [axes, setAxes] = useState<string[]>();
    const [chart, setChart] = useState<string>();
    Object.assign(told, { axes, chart });
    return (
      <Chart
        runs={runs}
        columns={columns}
        axes={axes}
        onAxes={setAxes}
        chart={chart}
        onChart={setChart}
        onOpen={(id) => Object.assign(told, { opened: id })}
      />
    );
  }
  render(
    <MantineProvider env="test">
      <Page />
    </MantineProvider>,
  );
  return told;
}

const axisNames = () => screen.getAllByRole("button", { name: /^Axis / }).map((one) => one.textContent);

test("parallel coordinates begin with what varied and the metric; keys move and remove axes", () => {
  const told = show(ParallelCoordinates, makeRuns(12));
  expect(axisNames()).toEqual(["lr", "net", "loss", "acc"]);
  fireEvent.keyDown(screen.getByRole("button", { name: "Axis acc" }), { key: "ArrowLeft" });
  expect(told.axes).toEqual(["params.lr", "params.net", "metrics.acc", "metrics.loss"]);
  expect(screen.getByText("acc is now axis 3 of 4.")).toBeTruthy();
  fireEvent.keyDown(screen.getByRole("button", { name: "Axis net" }), { key: "Delete" });
  expect(axisNames()).toEqual(["lr", "acc", "loss"]);
});

test("a scale is switched with a click, and the URL says so", () => {
  const told = show(ParallelCoordinates, makeRuns(12));
  fireEvent.click(screen.getByRole("button", { name: "log: scale of lr, switch" }));
  expect(screen.getByRole("button", { name: "linear: scale of lr, switch" })).toBeTruthy();
  expect(told.chart).toBe("parallel?s%3Aparams.lr=linear");
});

test("runs are selected without a mouse; several axes combine", async () => {
  const told = show(ParallelCoordinates, makeRuns(12));
  fireEvent.click(screen.getByRole("button", { name: "Axis net" }));
  fireEvent.click(await screen.findByRole("checkbox", { name: "small" }));
  expect(screen.getByText("6 of 12 runs selected")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Axis acc" }));
  const least = await screen.findByLabelText("From");
  fireEvent.change(least, { target: { value: "0.9" } });
  fireEvent.keyDown(least, { key: "Enter" });
  expect(told.chart).toMatch(/b%3Ametrics\.acc=0\.9%7E1/);
  expect(screen.queryByText("6 of 12 runs selected")).toBeNull();
  fireEvent.click(screen.getByText("Clear selection"));
  expect(screen.queryByText(/runs selected/)).toBeNull();
});

test("a brush is dragged along an axis; a line is opened with keys", () => {
  const told = show(ParallelCoordinates, makeRuns(12));
  const plot = screen.getByRole("application");
  const at = (clientX: number, clientY: number) => ({ clientX, clientY, button: 0, pointerId: 1 });
  fireEvent.pointerDown(plot, at(48, 60));
  fireEvent.pointerMove(plot, at(48, 120));
  fireEvent.pointerUp(plot, at(48, 120));
  expect(told.chart).toMatch(/b%3Aparams\.lr=/);
  expect(screen.getByText(/of 12 runs selected/)).toBeTruthy();
  fireEvent.keyDown(plot, { key: "ArrowDown" });
  fireEvent.keyDown(plot, { key: "Enter" });
  expect(told.opened).toMatch(/^id/);
});

test("the table has the runs that are selected, and those without a value last", () => {
  show(ParallelCoordinates, makeRuns(12));
  fireEvent.click(screen.getByLabelText("Table"));
  const names = () => screen.getAllByRole("rowheader").map((one) => one.textContent);
  expect(names()).toHaveLength(12);
  fireEvent.click(screen.getByTitle("Sort by acc"));
  expect(names().at(-1)).toBe("run 3");
  fireEvent.click(screen.getByTitle("Sort by acc"));
  expect(names().at(-1)).toBe("run 3");
});

test("a scatter plot has a Pareto front by the better ends, and says what has no place", () => {
  const told = show(Scatter, makeRuns(12));
  expect(screen.getByText(/1 run is not shown/)).toBeTruthy();
  fireEvent.click(screen.getByLabelText("Pareto front"));
  expect(told.chart).toContain("pareto=max.max");
  expect(told.axes?.slice(0, 2)).toEqual(["params.lr", "metrics.acc"]);
  expect(screen.getByText(/on the Pareto front/)).toBeTruthy();
});

test("a mark is opened with keys, and by a click where it is", () => {
  const told = show(Scatter, makeRuns(12));
  const plot = screen.getByRole("application");
  fireEvent.keyDown(plot, { key: "End" });
  fireEvent.keyDown(plot, { key: "Enter" });
  const last = told.opened;
  expect(last).toMatch(/^id/);
  const ring = plot.querySelector("circle[data-screen]");
  const at = { clientX: Number(ring?.getAttribute("cx")), clientY: Number(ring?.getAttribute("cy")), button: 0 };
  told.opened = "";
  fireEvent.pointerDown(plot, at);
  fireEvent.pointerUp(plot, at);
  expect(told.opened).toBe(last);
});

test("the kinds of chart, and what a contour needs", () => {
  const told = show(Scatter, makeRuns(12));
  fireEvent.click(screen.getByLabelText("Box"));
  expect(told.chart).toBe("box");
  expect(screen.getByText("n=6")).toBeTruthy();
  fireEvent.click(screen.getByLabelText("Table"));
  const [first] = screen.getAllByRole("row").slice(1);
  expect(within(first as HTMLElement).getByRole("rowheader").textContent).toBe("large");
  fireEvent.click(screen.getByLabelText("Contour"));
  fireEvent.click(screen.getByLabelText("Chart"));
  expect(screen.getByText(/Shepard, 1968/)).toBeTruthy();
});

test("importance names what matters, what never varies and what is left out", async () => {
  show(ImportanceTable, makeRuns(40));
  await waitFor(() => expect(screen.getByText(/out of bag/)).toBeTruthy());
  const rows = screen.getAllByRole("rowheader").map((one) => one.textContent);
  expect(rows).toEqual(["lr", "net"]);
  expect(screen.getByText("1 parameter never varies:", { exact: false }).parentElement?.textContent).toContain(
    "depth = 4",
  );
  expect(screen.getByText(/1 run without a finite value/)).toBeTruthy();
  expect(screen.getByText("Not for categories")).toBeTruthy();
});

test("importance of few runs says that it says little", async () => {
  show(ImportanceTable, makeRuns(6));
  await waitFor(() => expect(screen.getByText("Only 5 runs have this metric")).toBeTruthy());
  expect(screen.queryByText("Forest importance")).toBeNull();
});

test.each([
  [ParallelCoordinates, "Too few runs for this chart"],
  [Scatter, "Too few runs for this chart"],
  [ImportanceTable, "Too few runs for this chart"],
])("one run is too few", (Chart, text) => {
  show(Chart, makeRuns(1));
  expect(screen.getByText(text)).toBeTruthy();
});

test.each([
  [ParallelCoordinates, "Nothing to put on the axes"],
  [Scatter, "Nothing to put on the axes"],
  [ImportanceTable, "No metric to explain"],
])("without columns it is said what is needed", (Chart, text) => {
  show(Chart, makeRuns(5), []);
  expect(screen.getByText(text)).toBeTruthy();
});
