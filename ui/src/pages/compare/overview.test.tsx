// @vitest-environment jsdom
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import type { RunDetails, SeriesInfo } from "../../api/types";
import type { CompareSearch } from "../../state/compare";
import { show } from "../../testing";
import type { ComparedRun } from "./data";
import { Overview } from "./overview";

const series = (key: string, last: number): SeriesInfo => ({
  key,
  count: 1,
  nonfinite: 0,
  first: last,
  first_step: 0,
  last,
  last_step: 7,
  last_time: 0,
  min: last,
  min_step: 0,
  max: last,
  max_step: 0,
});

function run(id: string, loss: number, lr: string, prompt: string): ComparedRun {
  const details: RunDetails = {
    number: 1,
    run: {
      run_id: id,
      run_uuid: id,
      run_name: `run ${id}`,
      experiment_id: "1",
      user_id: "",
      status: "FINISHED",
      start_time: 1_000,
      end_time: 3_000,
      artifact_uri: "",
      lifecycle_stage: "active",
    },
    experiment_name: "e",
    experiment_stage: "active",
    params: [
      { key: "lr", value: lr },
      { key: "seed", value: "1" },
      { key: "prompt", value: prompt },
    ],
    tags: [],
    metrics: [series("loss", loss)],
    inputs: { dataset_inputs: [], model_inputs: [] },
    outputs: { model_outputs: [] },
    children: 0,
    parent_name: null,
  };
  return { id, name: `run ${id}`, colour: "#123456", details, error: null, refetch: () => {} };
}

const LONG = "a prompt of many words, ".repeat(5);
const RUNS = [run("a", 0.5, "0.1", `${LONG}first`), run("b", 0.25, "0.2", `${LONG}second`)];

async function overview(runs: readonly ComparedRun[], search: Partial<CompareSearch> = {}) {
  const onChange = vi.fn();
  const whole: CompareSearch = { runs: runs.map((one) => one.id), ...search };
  const root = createRootRoute({
    component: () => <Overview runs={runs} search={whole} onChange={onChange} />,
  });
  const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ["/"] }) });
  show(<RouterProvider router={router as never} />);
  await screen.findByRole("table");
  const row = (name: RegExp) => screen.getByRole("row", { name });
  return { onChange, row };
}

test("only what differs, with the best marked", async () => {
  const { row } = await overview(RUNS);
  expect(screen.queryByText("seed")).toBeNull();
  expect(screen.getByText("lr")).toBeTruthy();
  const cells = within(row(/loss/)).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent)).toEqual(["0.50", "0.25Best"]);
});

test("everything, and differences to a baseline", async () => {
  const { row } = await overview(RUNS, { all: true, base: "a" });
  expect(screen.getByText("seed")).toBeTruthy();
  expect(within(row(/loss/)).getAllByRole("cell")[1]?.textContent).toBe("0.25Best−50 %");
});

test("what is pressed is told", async () => {
  const { onChange } = await overview(RUNS, { base: "b" });
  fireEvent.click(screen.getByRole("button", { name: "Take run b out of the comparison" }));
  expect(onChange).toHaveBeenLastCalledWith({ runs: ["a"], base: undefined });
  fireEvent.click(screen.getByRole("button", { name: "Baseline: compare the others with run a" }));
  expect(onChange).toHaveBeenLastCalledWith({ base: "a" });
  fireEvent.click(screen.getByRole("button", { name: /^loss: Lower is better/ }));
  expect(onChange).toHaveBeenLastCalledWith({ up: undefined, down: undefined, flat: ["loss"] });
  fireEvent.click(screen.getByRole("button", { name: /^Parameters/ }));
  expect(onChange).toHaveBeenLastCalledWith({ hide: ["params"] });
  fireEvent.click(screen.getByRole("button", { name: "Show all of prompt" }));
  expect(onChange).toHaveBeenLastCalledWith({ open: ["params:prompt"] }, { replace: true });
});

test("an open row of two runs marks the words that differ", async () => {
  const { row } = await overview(RUNS, { open: ["params:prompt"] });
  const marks = [...row(/prompt/).querySelectorAll("mark")].map((mark) => mark.textContent);
  expect(marks).toEqual(["first", "second"]);
});

test("a run that is not there is explained, and the other is shown whole", async () => {
  const [one] = RUNS;
  const gone: ComparedRun = {
    id: "gone",
    name: "gone",
    colour: "#123456",
    details: null,
    error: new ApiError(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=gone not found"),
    refetch: () => {},
  };
  await overview(one ? [one, gone] : []);
  expect(screen.getByText(/There is no such run/)).toBeTruthy();
  expect(screen.getByText("seed")).toBeTruthy();
});

test("of a run that is on its way nothing is told, and nothing of all", async () => {
  const late: ComparedRun = { id: "late", name: "late", colour: "#123456", details: null, error: null, refetch() {} };
  const { row } = await overview([...RUNS, late], { all: true });
  const cells = within(row(/loss/)).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent)).toEqual(["0.50", "0.25", ""]);
  expect(screen.queryByTitle("None")).toBeNull();
});

test("that all runs have the same is told once all are there", async () => {
  const [one] = RUNS;
  const late: ComparedRun = { id: "late", name: "late", colour: "#123456", details: null, error: null, refetch() {} };
  await overview(one ? [one, { ...one, id: "a2" }, late] : []);
  expect(screen.queryByRole("status")).toBeNull();
});
