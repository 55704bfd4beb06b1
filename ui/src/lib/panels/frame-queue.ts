/** Work that is seen, spread over frames so that none of them is missed. */

type Schedule = (run: () => void) => void;

/** Of the 16 ms of a frame; the browser needs the rest. */
const BUDGET_MS = 8;

/** Does jobs in the order in which they were first asked for, as many in a frame as there is time for, at least one. */
export class FrameQueue {
  readonly #jobs = new Map<object, () => void>();
  readonly #schedule: Schedule;
  readonly #now: () => number;
  #scheduled = false;

  constructor(schedule: Schedule = (run) => requestAnimationFrame(run), now: () => number = () => performance.now()) {
    this.#schedule = schedule;
    this.#now = now;
  }

  /** Has a job done in one of the next frames. A job of the same owner that waits is not done: this one takes its place. */
  add(owner: object, job: () => void): void {
    this.#jobs.set(owner, job);
    this.#wake();
  }

  remove(owner: object): void {
    this.#jobs.delete(owner);
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    const end = this.#now() + BUDGET_MS;
    for (const [owner, job] of this.#jobs) {
      this.#jobs.delete(owner);
      job();
      if (this.#now() >= end) break;
    }
    if (this.#jobs.size > 0) this.#wake();
  }
}
