/**
 * What a replica did, as a record: maximal spans of iterations with the same batch, phase and
 * slowdown. A span ends where the batch or the slowdown changes, at the same instants however
 * many iterations an event covers.
 */

/** A span of like iterations; times in ticks. */
export interface IterationSpan {
  readonly replica: number;
  readonly phase: "prefill" | "decode" | "mixed";
  readonly startTime: number;
  readonly endTime: number;
  /** Iterations that ended in the span. */
  readonly iterations: number;
  readonly batch: number;
  readonly prefillTokens: number;
  /** Context that the decodes of the span's first iteration attend to. */
  readonly contextTokens: number;
  readonly slowdown: number;
}

/** The batch whose spans are recorded. */
export type SpanBatch = Pick<IterationSpan, "phase" | "batch" | "prefillTokens" | "contextTokens">;

/** Records the spans of one replica. */
export class SpanRecorder {
  readonly #replica: number;
  readonly #onSpan: (span: IterationSpan) => void;
  #batch: SpanBatch | undefined;
  #startTime = 0;
  #slowdown = 1;
  /** Context at the start of the span, and iterations of the batch that ended before it. */
  #contextTokens = 0;
  #firstIteration = 0;

  constructor(replica: number, onSpan: (span: IterationSpan) => void) {
    this.#replica = replica;
    this.#onSpan = onSpan;
  }

  /** Whether a batch is being recorded. */
  get isOpen(): boolean {
    return this.#batch !== undefined;
  }

  /** A batch starts. */
  open(now: number, slowdown: number, batch: SpanBatch): void {
    this.#batch = batch;
    this.#startTime = now;
    this.#slowdown = slowdown;
    this.#contextTokens = batch.contextTokens;
    this.#firstIteration = 0;
  }

  /** The slowdown changes when `iterations` of the batch have ended. */
  changeSlowdown(now: number, slowdown: number, iterations: number): void {
    this.#report(now, iterations);
    this.#slowdown = slowdown;
  }

  /** The batch ends after `iterations`. */
  close(now: number, iterations: number): void {
    this.#report(now, iterations);
    this.#batch = undefined;
  }

  #report(now: number, iterationsOfBatch: number): void {
    if (this.#batch === undefined) return;
    const { phase, batch, prefillTokens } = this.#batch;
    const iterations = iterationsOfBatch - this.#firstIteration;
    if (now > this.#startTime) {
      this.#onSpan({
        replica: this.#replica,
        phase,
        startTime: this.#startTime,
        endTime: now,
        iterations,
        batch,
        prefillTokens,
        contextTokens: this.#contextTokens,
        slowdown: this.#slowdown,
      });
    }
    this.#startTime = now;
    this.#contextTokens += iterations * batch;
    this.#firstIteration = iterationsOfBatch;
  }
}
