import { expect, test } from "vitest";
import { toCsv } from "./curve-csv";
import { makeCurve, seriesShape } from "./curves";
import { groupShape } from "./groups";
import { series } from "./series.fixture";

const who = { id: "r1", name: "run, one", colour: "#000000" };

test("a run's points, numbers as they are", () => {
  const curve = makeCurve(
    who,
    seriesShape(series({ x: [0, 1], mean: [0.1, Number.NaN], last: [0.1, Number.POSITIVE_INFINITY] })),
    0,
  );
  expect(toCsv("val/loss", "step", [curve], undefined)).toBe(
    "metric,name,id,step,mean,min,max,last,points,nonfinite\r\n" +
      'val/loss,"run, one",r1,0,0.1,0.1,0.1,0.1,1,0\r\n' +
      'val/loss,"run, one",r1,1,NaN,NaN,NaN,Infinity,1,1\r\n',
  );
});

test("only what is in the range, with what is smoothed", () => {
  const curve = makeCurve(who, seriesShape(series({ x: [0, 1, 2], mean: [1, 1, 1] })), 0.5);
  const lines = toCsv("loss", "relative", [curve], [1, 1]).split("\r\n");
  expect(lines[0]).toBe("metric,name,id,relative_ms,mean,min,max,last,smoothed,points,nonfinite");
  expect(lines[1]).toBe('loss,"run, one",r1,1,1,1,1,1,1,1,0');
  expect(lines).toHaveLength(3);
});

test("groups say of how many runs they are", () => {
  const shape = groupShape([series({ x: [0], mean: [1] }), series({ x: [0], mean: [3] })], 10);
  const csv = toCsv("loss", "time", [makeCurve({ ...who, id: "sgd", name: "sgd" }, shape, 0)], undefined);
  expect(csv).toBe("metric,name,time_ms,mean,min,max,points,nonfinite,runs\r\nloss,sgd,0,2,1,3,2,0,2\r\n");
});
