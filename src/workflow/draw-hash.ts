/**
 * A 64-bit hash of a sequence of numbers, to see at a glance that two runs drew the same.
 * Two 32-bit multiply-xor lanes over the bits of each double; not cryptographic.
 */

const bits = new DataView(new ArrayBuffer(8));

/** Hashes numbers as they are added. */
export class DrawHash {
  #low = 0x9e3779b9;
  #high = 0x85ebca6b;

  /** Adds numbers to the hash, in order. */
  add(...values: readonly number[]): void {
    for (const value of values) {
      bits.setFloat64(0, value);
      this.#mix(bits.getUint32(0));
      this.#mix(bits.getUint32(4));
    }
  }

  /** The hash of what was added so far, 16 hexadecimal digits. */
  digest(): string {
    return [this.#high, this.#low]
      .map((lane) => (lane >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ this.#low, 0xc2b2ae35);
    this.#high ^= this.#high >>> 13;
  }
}
