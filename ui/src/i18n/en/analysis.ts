export const analysis = {
  parallel: "Parallel coordinates",
  scatter: "Scatter",
  contour: "Contour",
  box: "Box",
  importance: "Parameter importance",

  // What all of them have.
  /** Between sentences. */
  chartKind: "Kind of chart",
  asChart: "Chart",
  asTable: "Table",
  view: "Show as",
  exportChart: "Export",
  exportCsv: "Data as CSV",
  exportPng: "Picture as PNG",
  exportSvg: "Picture as SVG",
  exportFailed: "The picture could not be made.",
  run: "Run",
  noValue: "no value",
  choices: "Options",
  log: "log",
  linear: "linear",
  logOf: (name: string) => `log scale for ${name}`,
  scaleOf: (name: string) => `scale of ${name}, switch`,
  moreRows: (n: number) => `Show ${n.toLocaleString("en")} more`,
  openRun: (name: string) => `Open run ${name}`,
  sortBy: (name: string) => `Sort by ${name}`,
  tooFewTitle: "Too few runs for this chart",
  tooFewRuns: (n: number): string =>
    n === 0 ? "There is no run to show." : "There is one run. Two or more show what changes with what.",
  noSuchColumn: "No such column",
  noColumnsTitle: "Nothing to put on the axes",
  noColumnsParallel:
    "This chart needs at least two columns that have values. Log parameters and metrics in your runs, or add axes.",
  noColumnsScatter: "This chart needs two columns that have values, such as a parameter and a metric.",
  noPoints: "No run has a value on both axes. Choose other axes.",
  noPointsOf: (name: string) => `No run has a value of ${name}. Choose another column.`,
  withoutPlace: (n: number) =>
    n === 1
      ? "1 run is not shown: it has no value that fits the axes."
      : `${n.toLocaleString("en")} runs are not shown: they have no value that fits the axes.`,
  plotKeys: "Arrow keys go from run to run, Enter opens the run, Escape lets go of it.",
  colour: "Colour",
  colourBy: (name: string) => `Colour: ${name}`,
  stop: ".",
  colourRuns: "Colours of the runs",
  others: "others",

  // Parallel coordinates.
  addAxis: "Add axis…",
  axisMenu: (name: string) => `Axis ${name}`,
  axisKeys: "Left and right arrow keys move the axis, Enter opens its menu, Delete removes it.",
  moveLeft: "Move left",
  moveRight: "Move right",
  removeAxis: "Remove axis",
  axisMoved: (name: string, at: number, of: number) => `${name} is now axis ${at} of ${of}.`,
  only: "Only runs with",
  least: "From",
  most: "To",
  also: "Runs without a value",
  clearAxis: "Clear",
  clearBrushes: "Clear selection",
  selected: (n: number, of: number) => `${n.toLocaleString("en")} of ${of.toLocaleString("en")} runs selected`,
  parallelHint: "Drag along an axis to select runs. Drag an axis name to move the axis.",
  colourScale: "Colour scale: viridis, by van der Walt and Smith (2015).",

  // Scatter, contour, box.
  x: "X axis",
  y: "Y axis",
  height: "Height",
  size: "Size",
  sameSize: "All the same",
  groupBy: "Grouped by",
  spreadOf: "Spread of",
  pareto: "Pareto front",
  paretoOf: (n: number) =>
    n === 1
      ? "1 run is on the Pareto front: no other is better in both."
      : `${n.toLocaleString("en")} runs are on the Pareto front: no other is better in both.`,
  onFront: "On the front",
  better: "Better is",
  betterXy: (x: string, y: string) => `X ${x}, Y ${y}`,
  lower: "lower",
  higher: "higher",
  resetZoom: "Reset zoom",
  scatterHint: "Drag to zoom, double-click to see all again.",
  contourMethod: (neighbours: number, size: number) =>
    `Between runs the height is guessed: inverse-distance weighting (Shepard, 1968) of the ${neighbours} nearest runs on a grid of ${size} × ${size}, lines by marching squares, only inside the convex hull of the runs.`,
  contourNeeds: "A contour needs three runs or more that are not in one line, with numbers on both axes and as height.",
  boxMethod:
    "Box: quartiles (type 7), line: median, whiskers: the farthest runs within 1.5 interquartile ranges, points: runs beyond.",
  boxGroups: (shown: number, all: number) => `The ${shown} largest of ${all} groups are shown.`,
  boxNumber: "The spread needs a column of numbers.",
  binned: (name: string, n: number) => `${name} has many values and is cut into ${n} ranges.`,
  group: "Group",
  count: "n",
  min: "Min",
  q1: "1st quartile",
  median: "Median",
  q3: "3rd quartile",
  max: "Max",
  outliers: "Outliers",

  // Importance.
  metric: "Metric",
  parameter: "Parameter",
  byRank: "Use ranks of the metric",
  byRankHelp: "Makes the forest robust against runs that diverged: only the order of the runs counts.",
  correlation: "Rank correlation",
  correlationHelp:
    "Spearman's ρ: +1 means that the metric always rises with the parameter, −1 that it always falls, 0 neither. The line is the 95 % confidence interval.",
  pHelp: "p is the probability of so strong a correlation by chance.",
  forest: "Forest importance",
  forestHelp:
    "How much worse a random forest predicts runs it has not seen when this parameter's values are shuffled, as a share of all parameters; it sees curves, categories and interplay too, but no direction.",
  interval: "95 % interval",
  p: "p",
  growth: "Error growth",
  notForCategories: "Not for categories",
  tooFewPairs: "Too few runs",
  unique: (names: string) => `Left out, as nearly every run has another text: ${names}.`,
  constantTitle: (n: number) => (n === 1 ? "1 parameter never varies" : `${n} parameters never vary`),
  oob: (r2: string) => `R² ${r2} out of bag`,
  oobHelp:
    "The share of the metric's variance that the forest explains on runs that its trees had not seen. 1 is all, 0 is none.",
  forestOf: (used: number, runs: number) =>
    used < runs
      ? `Forest of ${used.toLocaleString("en")} out of ${runs.toLocaleString("en")} runs`
      : `Forest of ${runs.toLocaleString("en")} runs`,
  lowR2Title: "These shares say little",
  lowR2: (r2: string) =>
    `The parameters explain hardly anything of this metric (R² ${r2} out of bag). Their order may be chance: more runs, or another metric, will tell.`,
  middleR2: (r2: string) =>
    `The parameters explain only a part of this metric (R² ${r2} out of bag). Small differences mean nothing.`,
  fewRunsTitle: (n: number) => (n === 1 ? "Only 1 run has this metric" : `Only ${n} runs have this metric`),
  fewRuns: (least: number) =>
    `With fewer than ${least} runs the forest importance is not computed, and correlations may be chance.`,
  sameMetric: "This metric is the same in all runs: nothing can depend on it.",
  left: (n: number) =>
    n === 1
      ? "1 run without a finite value of the metric is left out."
      : `${n.toLocaleString("en")} runs without a finite value of the metric are left out.`,
  computing: "Computing…",
  noParamsTitle: "No parameter varies",
  noParams: "Importance compares runs with different parameters. Log the parameters that you try out, in several runs.",
  noMetricTitle: "No metric to explain",
  noMetric: "Importance needs a metric that at least four runs have and that differs between them.",
  together: "Parameters that were varied together share their importance.",
};
