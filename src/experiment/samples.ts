/** Numbers that come one by one in a run, by the hundred thousand. */

const BLOCK = 8192;

/** A sample in the order in which it came. It is never copied to grow: new memory is slow. */
export class Samples {
  #block = new Float64Array(0);
  readonly #blocks: Float64Array[] = [];
  #length = 0;
  #values = new Float64Array(0);

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const offset = this.#length++ % BLOCK;
    if (offset === 0) {
      this.#block = new Float64Array(BLOCK);
      this.#blocks.push(this.#block);
    }
    this.#block[offset] = value;
  }

  /** All values so far; not to be changed. */
  get values(): Float64Array {
    if (this.#values.length < this.#length) {
      const values = new Float64Array(this.#blocks.length * BLOCK);
      for (const [index, block] of this.#blocks.entries()) values.set(block, index * BLOCK);
      this.#values = values.subarray(0, this.#length);
    }
    return this.#values;
  }
}
