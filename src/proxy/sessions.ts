/**
 * What a call waited for, as far as an observer can tell: the calls of its session that had ended
 * when it was submitted, less those that another of them had waited for already (the transitive
 * reduction of "ended before"). Independent branches of one session that never overlap are taken
 * to depend on each other.
 */

/** A call of a session. */
export interface SessionCall {
  readonly id: string;
  /** Milliseconds. */
  readonly submit: number;
  /** The calls it waited for. */
  readonly waitsFor: readonly SessionCall[];
  /** Milliseconds; undefined while it runs. */
  end?: number;
}

/** One workflow execution, or what is taken for one. */
export class Session {
  readonly id: string;
  /** Ended calls that no other ended call waited for. */
  #last: readonly SessionCall[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Whether no call of it has ended yet. */
  get isEmpty(): boolean {
    return this.#last.length === 0;
  }

  /** What a call that is submitted now waited for. */
  get waitsFor(): readonly SessionCall[] {
    return this.#last;
  }

  /** A call has ended now. */
  add(call: SessionCall): void {
    this.#last = [...this.#last.filter((other) => !call.waitsFor.includes(other)), call];
  }
}
