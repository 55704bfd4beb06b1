import { expect, test } from "vitest";
import { FrameQueue } from "./frame-queue";

function make() {
  const frames: (() => void)[] = [];
  let time = 0;
  const done: string[] = [];
  const queue = new FrameQueue(
    (run) => frames.push(run),
    () => time,
  );
  const job = (name: string, ms: number) => () => {
    done.push(name);
    time += ms;
  };
  return { queue, job, done, frame: () => frames.shift()?.(), frames };
}

test("jobs are spread over frames, one at least in each", () => {
  const { queue, job, done, frame, frames } = make();
  for (const name of ["a", "b", "c"]) queue.add({}, job(name, 5));
  queue.add({}, job("long", 50));
  frame();
  expect(done).toEqual(["a", "b"]);
  frame();
  expect(done).toEqual(["a", "b", "c", "long"]);
  expect(frames).toHaveLength(0);
});

test("only the latest job of an owner is done, in its place", () => {
  const { queue, job, done, frame } = make();
  const [one, other, gone] = [{}, {}, {}];
  queue.add(one, job("old", 1));
  queue.add(other, job("other", 1));
  queue.add(one, job("new", 1));
  queue.add(gone, job("gone", 1));
  queue.remove(gone);
  frame();
  expect(done).toEqual(["new", "other"]);
});
