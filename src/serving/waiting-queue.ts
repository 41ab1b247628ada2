/**
 * Requests that wait for a place in a replica's batch: first come first served, with preempted
 * ones put back at the front.
 */

/** A queue with amortised constant-time operations at the front and push at the back. */
export class WaitingQueue<T> {
  /** Put back at the front, last one first. */
  readonly #front: T[] = [];
  #back: T[] = [];
  #head = 0;

  /** Number of waiting entries. */
  get length(): number {
    return this.#front.length + this.#back.length - this.#head;
  }

  /** The entry to go next, if any. */
  peek(): T | undefined {
    return this.#front.length > 0 ? this.#front[this.#front.length - 1] : this.#back[this.#head];
  }

  /** Adds an entry behind all others. */
  push(entry: T): void {
    this.#back.push(entry);
  }

  /** Puts an entry before all others. */
  putBack(entry: T): void {
    this.#front.push(entry);
  }

  /** Removes the entry that `peek` shows. */
  shift(): void {
    if (this.#front.length > 0) {
      this.#front.pop();
      return;
    }
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#back.length) {
      this.#back = this.#back.slice(this.#head);
      this.#head = 0;
    }
  }
}
