/**
 * Progress of long work: a bar on stderr, only on a terminal, gone when the work is done.
 */

import type { RunningSimulation } from "../experiment/running-simulation.ts";

/** Where work tells how far it is. */
export interface Progress {
  /** The part of a stage that is done, 0 to 1. */
  readonly update: (stage: string, done: number) => void;
  readonly stop: () => void;
  /** Gives a simulation to show below the bar, where it is to be watched. */
  readonly onStart?: (running: RunningSimulation) => void;
}

/** A bar, or nothing when stderr is no terminal or `isQuiet`. */
export async function createProgress(
  isQuiet: boolean,
  isWatched: boolean = false,
): Promise<Progress> {
  const { stderr } = process;
  if (isQuiet || !stderr.isTTY) return { update: () => {}, stop: () => {} };
  const { TerminalProgress } = await import("./terminal-progress.ts");
  const progress = new TerminalProgress(stderr, () => performance.now() / 1000);
  return {
    update: progress.update.bind(progress),
    stop: progress.stop.bind(progress),
    ...(isWatched ? { onStart: progress.watch.bind(progress) } : {}),
  };
}
