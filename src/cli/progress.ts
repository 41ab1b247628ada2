/**
 * Progress of long work: a bar on stderr, only on a terminal, gone when the work is done.
 */

import cliProgress from "cli-progress";

/** Where work tells how far it is. */
export interface Progress {
  readonly update: (stage: string, done: number) => void;
  readonly stop: () => void;
}

/** A bar, or nothing when stderr is no terminal or `isQuiet`. */
export function createProgress(isQuiet: boolean): Progress {
  if (isQuiet || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage} % | {stage} | {duration_formatted}, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
    // Ctrl-C ends the process at once: nothing may be left to restore.
    hideCursor: false,
    linewrap: true,
    synchronousUpdate: true,
    etaBuffer: 20,
  });
  let current = "";
  return {
    update(stage, done) {
      if (current === "") bar.start(100, 0, { stage });
      current = stage;
      bar.update(Math.round(done * 100), { stage });
    },
    stop: () => bar.stop(),
  };
}
