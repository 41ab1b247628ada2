/**
 * Requests that wait for a place in a replica's batch: by priority, the lowest number first, and
 * first come first served among equals; preempted ones stand before the others of their priority.
 */

/** A queue with amortised constant-time operations for few priorities; a logarithm for many. */
export class WaitingQueue<T> {
  /** The lines that are not empty, most urgent first. */
  readonly #lines: Line<T>[] = [];
  #length = 0;

  /** Number of waiting entries. */
  get length(): number {
    return this.#length;
  }

  /** The entry to go next, if any. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#lines[0]!.peek();
  }

  /** Adds an entry behind all others of its priority. */
  push(entry: T, priority: number): void {
    this.#lineOf(priority).push(entry);
    this.#length++;
  }

  /** Puts an entry before all others of its priority. */
  putBack(entry: T, priority: number): void {
    this.#lineOf(priority).putBack(entry);
    this.#length++;
  }

  /** Removes the entry that `peek` shows. */
  shift(): void {
    const line = this.#lines[0]!;
    line.shift();
    this.#length--;
    // The last line stays, so that a queue of one priority allocates nothing.
    if (line.length === 0 && this.#lines.length > 1) this.#lines.shift();
  }

  /** The first entry that `matches`, if any. */
  find(matches: (entry: T) => boolean): T | undefined {
    for (const line of this.#lines) {
      const found = line.find(matches);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Removes the entry that `matches`; undefined if none does. */
  remove(matches: (entry: T) => boolean): T | undefined {
    for (let index = 0; index < this.#lines.length; index++) {
      const line = this.#lines[index]!;
      const removed = line.remove(matches);
      if (removed === undefined) continue;
      this.#length--;
      if (line.length === 0 && this.#lines.length > 1) this.#lines.splice(index, 1);
      return removed;
    }
    return undefined;
  }

  #lineOf(priority: number): Line<T> {
    const lines = this.#lines;
    let index = 0;
    for (let end = lines.length; index < end; ) {
      const middle = (index + end) >> 1;
      if (lines[middle]!.priority < priority) index = middle + 1;
      else end = middle;
    }
    const line = lines[index];
    if (line?.priority === priority) return line;
    const created = new Line<T>(priority);
    if (this.#length === 0) lines.length = 0;
    lines.splice(index, 0, created);
    return created;
  }
}

/** Entries of one priority. */
class Line<T> {
  readonly priority: number;
  /** Put back at the front, last one first. */
  readonly #front: T[] = [];
  #back: T[] = [];
  #head = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  get length(): number {
    return this.#front.length + this.#back.length - this.#head;
  }

  peek(): T | undefined {
    return this.#front.length > 0 ? this.#front[this.#front.length - 1] : this.#back[this.#head];
  }

  push(entry: T): void {
    this.#back.push(entry);
  }

  putBack(entry: T): void {
    this.#front.push(entry);
  }

  find(matches: (entry: T) => boolean): T | undefined {
    return this.#front.find(matches) ?? this.#back.find(this.#isWaiting(matches));
  }

  remove(matches: (entry: T) => boolean): T | undefined {
    const inFront = this.#front.findIndex(matches);
    if (inFront >= 0) return this.#front.splice(inFront, 1)[0];
    const behind = this.#back.findIndex(this.#isWaiting(matches));
    return behind < 0 ? undefined : this.#back.splice(behind, 1)[0];
  }

  #isWaiting(matches: (entry: T) => boolean) {
    return (entry: T, index: number) => index >= this.#head && matches(entry);
  }

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
