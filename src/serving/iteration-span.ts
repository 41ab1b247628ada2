/**
 * What a replica did, as a record: maximal spans of iterations with the same batch, phase and
 * slowdown. A span ends where the batch or the slowdown changes, at the same instants however
 * many iterations an event covers.
 */

/** A span of like iterations; times in ticks. Read at once: the recorder uses it again. */
export type IterationSpan = Readonly<SpanFields>;

interface SpanFields {
  replica: number;
  phase: "prefill" | "decode" | "mixed";
  startTime: number;
  endTime: number;
  /** Iterations that ended in the span. */
  iterations: number;
  batch: number;
  prefillTokens: number;
  /** Context that the decodes of the span's first iteration attend to. */
  contextTokens: number;
  slowdown: number;
}

/** Records the spans of one replica. */
export class SpanRecorder {
  /** Whether a batch is being recorded. */
  isOpen = false;

  readonly #onSpan: (span: IterationSpan) => void;
  readonly #span: SpanFields;
  /** Iterations of the batch that ended before the span. */
  #firstIteration = 0;

  constructor(replica: number, onSpan: (span: IterationSpan) => void) {
    this.#onSpan = onSpan;
    this.#span = {
      replica,
      phase: "decode",
      startTime: 0,
      endTime: 0,
      iterations: 0,
      batch: 0,
      prefillTokens: 0,
      contextTokens: 0,
      slowdown: 1,
    };
  }

  /** A batch starts: its decodes attend to `contextTokens`, its chunks have `prefillTokens`. */
  open(now: number, slowdown: number, batch: SpanBatch, prefillTokens: number): void {
    const span = this.#span;
    this.isOpen = true;
    if (prefillTokens === 0) span.phase = "decode";
    else span.phase = batch.decodes > 0 ? "mixed" : "prefill";
    span.startTime = now;
    span.batch = batch.batch;
    span.prefillTokens = prefillTokens;
    span.contextTokens = batch.contextTokens;
    span.slowdown = slowdown;
    this.#firstIteration = 0;
  }

  /** The slowdown changes when `iterations` of the batch have ended. */
  changeSlowdown(now: number, slowdown: number, iterations: number): void {
    if (this.isOpen) this.#report(now, iterations);
    this.#span.slowdown = slowdown;
  }

  /** The batch ends after `iterations`. */
  close(now: number, iterations: number): void {
    this.#report(now, iterations);
    this.isOpen = false;
  }

  #report(now: number, iterationsOfBatch: number): void {
    const span = this.#span;
    span.iterations = iterationsOfBatch - this.#firstIteration;
    span.endTime = now;
    if (now > span.startTime) this.#onSpan(span);
    span.startTime = now;
    span.contextTokens += span.iterations * span.batch;
    this.#firstIteration = iterationsOfBatch;
  }
}

/** What is recorded of a batch. */
interface SpanBatch {
  readonly decodes: number;
  readonly batch: number;
  readonly contextTokens: number;
}
