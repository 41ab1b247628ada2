/** The bar of long work and what is watched below it, on a terminal that is made up. */

import { describe, expect, test } from "vitest";
import { TerminalBlock } from "../../../src/cli/terminal-block.ts";
import { TerminalProgress, timeOf } from "../../../src/cli/terminal-progress.ts";
import { TimeLeft } from "../../../src/cli/time-left.ts";
import { WatchLines } from "../../../src/cli/watch-lines.ts";

/** A terminal that keeps what was written. */
function terminal(columns = 80) {
  const written: string[] = [];
  return { columns, written, write: (text: string) => written.push(text) };
}

describe("the time left", () => {
  test("is not known before anything is done", () => {
    const left = new TimeLeft();
    expect(left.at(0)).toBeUndefined();
    left.mark(0, 1);
    expect(left.at(9)).toBeUndefined();
  });

  test("follows the pace of the later half", () => {
    const left = new TimeLeft();
    // 10 % in the first ten seconds, then 3 % a second.
    for (let time = 0; time <= 10; time++) left.mark(0.01 * time, time);
    for (let time = 11; time <= 30; time++) left.mark(0.1 + 0.03 * (time - 10), time);
    expect(left.at(30)).toBeCloseTo(0.3 / 0.03, 6);
    expect(left.at(32)).toBeCloseTo(0.3 / 0.03 - 2, 6);
    expect(left.at(60)).toBe(0);
  });

  test("begins anew with other work", () => {
    const left = new TimeLeft();
    left.mark(0.5, 0);
    left.mark(1, 100);
    left.mark(0, 101);
    expect(left.at(102)).toBeUndefined();
    left.mark(0.5, 103);
    expect(left.at(103)).toBeCloseTo(2, 6);
  });

  test("forgets marks of long work, not its pace", () => {
    const left = new TimeLeft();
    for (let time = 0; time <= 5000; time++) left.mark(time / 10_000, time);
    expect(left.at(5000)).toBeCloseTo(5000, 3);
  });
});

describe("a block", () => {
  test("is drawn over itself, cut to the terminal, and leaves nothing", () => {
    const stream = terminal(6);
    const block = new TerminalBlock(stream);
    block.draw(["one", "a long line"]);
    block.draw(["two"]);
    block.clear();
    block.clear();
    expect(stream.written).toEqual([
      "\r\u001b[0Jone\na lon",
      "\u001b[1A\r\u001b[0Jtwo",
      "\r\u001b[0J",
    ]);
  });
});

/** A simulation that counts up with its time. */
const running = (time: number) => ({
  time,
  events: 1000 * time,
  arrived: 4 * time,
  ended: 3 * time,
  loads: [
    { name: "writer", running: 12, waiting: 0 },
    { name: "judge", running: 3, waiting: 1234 },
  ],
});

describe("a watched simulation", () => {
  test("shows clock, rates of the last seconds, and queues", () => {
    const state = { ...running(10) };
    const lines = new WatchLines(state);
    lines.at(100);
    Object.assign(state, running(30));
    expect(lines.at(102)).toEqual([
      "clock       30.0 s, 10.0x as fast as real time",
      "executions  30 in flight, 120 came (4.00/s), 90 ended (3.00/s)",
      "events      30,000 (10,000/s)",
      "LLM     running  waiting",
      "writer       12        0",
      "judge         3    1,234",
    ]);
    Object.assign(state, running(31));
    expect(lines.at(104.5)[0]).toContain("0.400x");
  });

  test("has no rates at first", () => {
    expect(new WatchLines(running(0)).at(5)[1]).toBe(
      "executions  0 in flight, 0 came (–), 0 ended (–)",
    );
  });
});

describe("the bar", () => {
  test("shows stage, time and time left, and below it what is watched", () => {
    const stream = terminal();
    let now = 50;
    const progress = new TerminalProgress(stream, () => now);
    progress.update("plan", 0);
    now = 60;
    progress.update("plan", 0.25);
    // Too soon to be drawn.
    progress.update("plan", 0.26);
    progress.watch(running(1));
    now = 70;
    progress.update("plan", 0.5);
    progress.stop();
    const shown = stream.written.map((text) => text.slice(text.indexOf("J") + 1).split("\n"));
    expect(shown.map(([bar]) => bar)).toEqual([
      "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0 % | plan | 0 s",
      "████████░░░░░░░░░░░░░░░░░░░░░░ 25 % | plan | 10 s, 30 s left",
      "███████████████░░░░░░░░░░░░░░░ 50 % | plan | 20 s, 20 s left",
      "",
    ]);
    expect(shown[2]).toHaveLength(7);
  });

  test.each([
    [59.4, "59 s"],
    [185, "3 min 5 s"],
    [4331, "1 h 12 min"],
  ])("writes %s seconds as %s", (seconds, text) => expect(timeOf(seconds)).toBe(text));
});
