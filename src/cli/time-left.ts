/**
 * How long work still takes, from how far it has come: by the pace of the later half of its time,
 * as what comes first is often slower or faster than the rest.
 */

/** When work was how far. */
interface Mark {
  readonly time: number;
  readonly done: number;
}

/** No mark sooner after another, in seconds. */
const LEAST_GAP = 0.1;

/** Past so many, every other mark is forgotten. */
const MOST_MARKS = 1000;

/** The pace of one piece of work; times in seconds. */
export class TimeLeft {
  #marks: Mark[] = [];

  /** The part `done` is done at `time`; less than before is another piece of work. */
  mark(done: number, time: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && done < last.done) this.#marks = [];
    if (this.#marks.length === 0 || time - this.#marks.at(-1)!.time >= LEAST_GAP) {
      this.#marks.push({ time, done });
    }
    if (this.#marks.length > MOST_MARKS) {
      this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
    }
  }

  /** Seconds left at `time`; undefined while nothing tells. */
  at(time: number): number | undefined {
    const [first] = this.#marks;
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.done <= first.done) return undefined;
    const half = time - (time - first.time) / 2;
    const from =
      this.#marks.findLast((mark) => mark.time <= half && mark.done < last.done) ?? first;
    const pace = (last.done - from.done) / (last.time - from.time);
    return Math.max(0, (1 - last.done) / pace - (time - last.time));
  }
}
