/**
 * Progress of long work: a bar on stderr, only on a terminal, gone when the work is done.
 */

/** Where work tells how far it is. */
export interface Progress {
  readonly update: (stage: string, done: number) => void;
  readonly stop: () => void;
}

/** A bar, or nothing when stderr is no terminal or `isQuiet`. */
export async function createProgress(isQuiet: boolean): Promise<Progress> {
  if (isQuiet || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const { default: cliProgress } = await import("cli-progress");
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
  let shown = -1;
  return {
    update(stage, done) {
      const percent = Math.round(done * 100);
      if (percent === shown && stage === current) return;
      if (current === "") bar.start(100, 0, { stage });
      current = stage;
      shown = percent;
      bar.update(percent, { stage });
    },
    stop: () => bar.stop(),
  };
}
