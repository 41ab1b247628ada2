/**
 * Times of iterations under a changing slowdown. Work is given in whole ticks (256 sub-ticks)
 * where a test computes instants by hand.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SUBTICKS } from "../../../src/serving/iteration-costs.ts";
import { WorkClock } from "../../../src/serving/work-clock.ts";

/** A clock whose batch began at 100, with iterations of 10 host ticks and `work` ticks of work. */
function clockAt100(work = 40): WorkClock {
  const clock = new WorkClock();
  clock.beginBatch(100, 10);
  clock.beginRun(work * SUBTICKS, 0, 0, 1);
  return clock;
}

const ends = (clock: WorkClock, count: number) =>
  Array.from({ length: count }, (_, index) => clock.endOf(index + 1));

describe("the end of an iteration", () => {
  test("comes after its host and work parts", () => {
    const clock = clockAt100();
    expect(clock.endOf(0)).toBe(100);
    expect(ends(clock, 3)).toEqual([150, 200, 250]);
  });

  test("counts the context that grows with every iteration", () => {
    const clock = new WorkClock();
    clock.beginBatch(0, 10);
    const perContextToken = 2 * SUBTICKS;
    clock.beginRun(5 * SUBTICKS, perContextToken, 100, 3);
    const first = 10 + 5 + 2 * 100;
    const second = 10 + 5 + 2 * 103;
    const third = 10 + 5 + 2 * 106;
    expect(ends(clock, 3)).toEqual([first, first + second, first + second + third]);
  });

  test("follows runs of unlike cost in one batch", () => {
    const clock = new WorkClock();
    clock.beginBatch(0, 10);
    clock.beginRun(5 * SUBTICKS, 2 * SUBTICKS, 100, 3);
    expect(clock.nextWork).toBe(205 * SUBTICKS);
    clock.completeRun(2);
    clock.beginRun(7.5 * SUBTICKS, 0, 106, 3);
    expect(clock.nextWork).toBe(7.5 * SUBTICKS);
    const before = 2 * 10 + 205 + 211;
    expect([0, 1, 2].map((k) => clock.endOf(k))).toEqual([before, before + 18, before + 35]);
    expect([clock.iterations, clock.batchStart]).toEqual([2, 0]);
  });

  test("is rounded to the nearest tick once, over all iterations", () => {
    const clock = new WorkClock();
    clock.beginBatch(0, 0);
    clock.beginRun(SUBTICKS / 4, 0, 0, 1);
    expect(ends(clock, 7)).toEqual([0, 1, 1, 1, 1, 2, 2]);
  });

  test("stretches the work but not the host part by the slowdown", () => {
    const clock = new WorkClock();
    clock.changeSlowdownBetweenRuns(100, 1.5);
    clock.beginBatch(100, 10);
    clock.beginRun(40 * SUBTICKS, 0, 0, 1);
    expect(ends(clock, 2)).toEqual([170, 240]);
    clock.completeRun(2);
    expect(clock.unstretched()).toBe(100);
  });

  test("knows the iterations that ended by an instant", () => {
    const clock = clockAt100();
    expect([100, 149, 150, 151, 200, 1000].map((now) => clock.completedBy(now, 9))).toEqual([
      0, 0, 1, 1, 2, 9,
    ]);
    expect(clock.completedBy(1000, 3)).toBe(3);
  });

  test("refuses a batch whose work is no longer exact", () => {
    const clock = clockAt100(2 ** 44);
    expect(() => clock.completeRun(4)).toThrow("ran for over an hour");
  });
});

describe("a change of the slowdown", () => {
  test("in the work part stretches what is left of it", () => {
    const clock = clockAt100();
    // At 130, 20 of the 40 ticks of work are done.
    clock.changeSlowdownInRun(130, 0, 2);
    expect(ends(clock, 2)).toEqual([170, 170 + 10 + 80]);
  });

  test("in the host part leaves the host part as it is", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(155, 1, 2);
    expect(ends(clock, 3).slice(1)).toEqual([160 + 80, 160 + 80 + 90]);
  });

  test("at a boundary counts from there", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(150, 1, 2);
    expect(ends(clock, 3)).toEqual([150, 150 + 90, 150 + 180]);
  });

  test("at the end of the host part counts from there", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(110, 0, 2);
    expect(ends(clock, 2)).toEqual([190, 280]);
  });

  test("twice in the work part of one iteration adds up", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(120, 0, 2);
    // 10 done until 120, another 10 until 140.
    clock.changeSlowdownInRun(140, 0, 1);
    expect(ends(clock, 2)).toEqual([160, 210]);
  });

  test("twice in the host part, and then in the work part, of one iteration adds up", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(103, 0, 3);
    clock.changeSlowdownInRun(105, 0, 2);
    expect(ends(clock, 1)).toEqual([190]);
    clock.changeSlowdownInRun(150, 0, 1);
    expect(ends(clock, 2)).toEqual([170, 220]);
  });

  test("and back at once changes nothing", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(130, 0, 2);
    clock.changeSlowdownInRun(130, 0, 1);
    expect(ends(clock, 2)).toEqual([150, 200]);
  });

  test("keeps the iterations ended before in sight", () => {
    const clock = clockAt100();
    clock.changeSlowdownInRun(225, 2, 4);
    expect(clock.completedBy(225, 9)).toBe(2);
    expect(clock.completedBy(clock.endOf(3) - 1, 9)).toBe(2);
    expect(clock.completedBy(clock.endOf(3), 9)).toBe(3);
  });
});

describe("an iteration whose kernels are launched one by one", () => {
  /** 10 host ticks and 60 of launches from 100 on; 40 of work. */
  const launched = (slowdown = 1) => {
    const clock = new WorkClock();
    clock.changeSlowdownBetweenRuns(100, slowdown);
    clock.beginBatch(100, 10, 60);
    clock.beginRun(40 * SUBTICKS, 0, 0, 0);
    return clock;
  };

  test("takes as long as its launches", () => {
    const clock = launched();
    expect([clock.endOf(0), clock.endOf(1), clock.nextWork]).toEqual([100, 170, 40 * SUBTICKS]);
    clock.completeRun(1);
    expect(clock.unstretched()).toBe(70);
  });

  test.each([
    [1.2, 170],
    [1.5, 170],
    [2, 190],
  ])("or as its work if that is stretched by %d to more", (slowdown, end) => {
    const clock = launched(slowdown);
    expect(clock.endOf(1)).toBe(end);
    clock.completeRun(1);
    expect(clock.unstretched()).toBe(70);
  });

  test("counts its work as its own time where that is longer than the launches", () => {
    const clock = new WorkClock();
    clock.beginBatch(100, 10, 39);
    clock.beginRun(40 * SUBTICKS, 0, 0, 0);
    expect(clock.endOf(1)).toBe(150);
    clock.completeRun(1);
    expect(clock.unstretched()).toBe(50);
  });

  test.each([
    ["in the host part, by little", 105, 1.5, 170],
    ["in the host part, by much", 105, 2, 190],
    ["in the work part, by little", 120, 1.6, 170],
    ["in the work part, by much", 120, 3, 210],
    ["when the work ends", 150, 9, 170],
    ["when only launches are left", 160, 9, 170],
  ])("ends no sooner when it is slowed down %s", (_, now, slowdown, end) => {
    const clock = launched();
    clock.changeSlowdownInRun(now, 0, slowdown);
    expect(clock.endOf(1)).toBe(end);
    clock.changeSlowdownInRun(Math.max(now, 165), 0, 1);
    expect(clock.endOf(1)).toBeGreaterThanOrEqual(170);
  });

  test("is the only one of its batch, and leaves no trace in the next", () => {
    const clock = launched();
    clock.completeRun(1);
    clock.beginBatch(170, 10);
    clock.beginRun(5 * SUBTICKS, 0, 0, 1);
    expect(ends(clock, 2)).toEqual([185, 200]);
    expect(() => launched().completeRun(2)).toThrow("ran on");
  });
});

describe("one run of k iterations and k runs of one", () => {
  /** Slowdowns that are no dyadic fractions, at gaps around the length of an iteration. */
  const change = fc.record({
    gap: fc.nat({ max: 3000 }),
    slowdown: fc.integer({ min: 100, max: 300 }).map((percent) => percent / 100),
  });
  const work: fc.Arbitrary<RunWork> = fc.record({
    fixed: fc.integer({ min: 1, max: 300_000 }),
    perContextToken: fc.nat({ max: 50 }),
    context: fc.nat({ max: 5000 }),
    batch: fc.integer({ min: 1, max: 64 }),
  });

  test("end at the same ticks whatever the slowdown does", () => {
    fc.assert(
      fc.property(
        work,
        fc.nat({ max: 500 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(change, { maxLength: 12 }),
        (run, host, k, changes) => {
          const instants: number[] = [];
          changes.reduce((now, { gap }) => {
            instants.push(now + gap);
            return now + gap;
          }, 1000);
          const slowdowns = changes.map(({ slowdown }) => slowdown);
          const single = playOneRun(run, host, k, { instants, slowdowns });
          const many = playManyRuns(run, host, k, { instants, slowdowns });
          expect(many).toEqual(single);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** What an iteration of a run costs: fixed + perContextToken · context. */
interface RunWork {
  readonly fixed: number;
  readonly perContextToken: number;
  readonly context: number;
  readonly batch: number;
}

interface Changes {
  readonly instants: readonly number[];
  readonly slowdowns: readonly number[];
}

/** [end of iteration k, unstretched ticks] of one run in which the slowdown changes. */
function playOneRun(run: RunWork, host: number, k: number, changes: Changes): number[] {
  const clock = new WorkClock();
  clock.beginBatch(1000, host);
  clock.beginRun(run.fixed, run.perContextToken, run.context, run.batch);
  changes.instants.forEach((now, index) => {
    if (now >= clock.endOf(k)) return;
    clock.changeSlowdownInRun(now, clock.completedBy(now, k - 1), changes.slowdowns[index]!);
  });
  const end = clock.endOf(k);
  clock.completeRun(k);
  return [end, clock.unstretched()];
}

/** The same with every iteration a run; a change at a boundary comes between two runs. */
function playManyRuns(run: RunWork, host: number, k: number, changes: Changes): number[] {
  const clock = new WorkClock();
  clock.beginBatch(1000, host);
  let next = 0;
  let end = 1000;
  for (let iteration = 0; iteration < k; iteration++) {
    while (changes.instants[next] === end) {
      clock.changeSlowdownBetweenRuns(end, changes.slowdowns[next++]!);
    }
    const context = run.context + iteration * run.batch;
    clock.beginRun(run.fixed, run.perContextToken, context, run.batch);
    while (next < changes.instants.length && changes.instants[next]! < clock.endOf(1)) {
      clock.changeSlowdownInRun(changes.instants[next]!, 0, changes.slowdowns[next]!);
      next++;
    }
    end = clock.endOf(1);
    clock.completeRun(1);
  }
  return [end, clock.unstretched()];
}
