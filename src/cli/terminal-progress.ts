/**
 * The bar of long work on a terminal, with the time that its stage has taken and still takes, and
 * below it a simulation that is watched.
 */

import type { RunningSimulation } from "../experiment/running-simulation.ts";
import { TerminalBlock, type TerminalStream } from "./terminal-block.ts";
import { TimeLeft } from "./time-left.ts";
import { WatchLines } from "./watch-lines.ts";

const BAR_WIDTH = 30;

/** Not drawn more often, nor less often where threads work; in seconds. */
const LEAST_INTERVAL = 0.1;
const MOST_INTERVAL = 0.5;

/** Draws what it is told. */
export class TerminalProgress {
  readonly #block: TerminalBlock;
  readonly #clock: () => number;
  readonly #left = new TimeLeft();
  readonly #started: number;
  readonly #timer: NodeJS.Timeout;
  #stage = "";
  #done = 0;
  #drawn = Number.NEGATIVE_INFINITY;
  #watched: WatchLines | undefined;

  /** `clock` gives real seconds. */
  constructor(stream: TerminalStream, clock: () => number) {
    this.#block = new TerminalBlock(stream);
    this.#clock = clock;
    this.#started = clock();
    this.#timer = setInterval(() => this.#draw(), 1000 * MOST_INTERVAL);
    this.#timer.unref();
  }

  /** The part `done` of a stage is done. */
  update(stage: string, done: number): void {
    const now = this.#clock();
    const isNews = stage !== this.#stage;
    this.#stage = stage;
    this.#done = done;
    if (!isNews && now - this.#drawn < LEAST_INTERVAL) return;
    this.#left.mark(done, now);
    this.#draw();
  }

  /** From now on `running` is shown too. */
  watch(running: RunningSimulation): void {
    this.#watched = new WatchLines(running);
  }

  /** Leaves nothing on the terminal. */
  stop(): void {
    clearInterval(this.#timer);
    this.#block.clear();
  }

  #draw(): void {
    if (this.#stage === "") return;
    const now = this.#clock();
    this.#drawn = now;
    const left = this.#left.at(now);
    const parts = [
      `${barOf(this.#done)} ${Math.round(100 * this.#done)} %`,
      this.#stage,
      `${timeOf(now - this.#started)}${left === undefined ? "" : `, ${timeOf(left)} left`}`,
    ];
    this.#block.draw([parts.join(" | "), ...(this.#watched?.at(now) ?? [])]);
  }
}

function barOf(done: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, done)));
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/** A time to the second: 59 s, 3 min 5 s, 1 h 12 min. */
export function timeOf(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
