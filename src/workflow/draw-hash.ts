/**
 * A 64-bit hash of a sequence of numbers, to see at a glance that two runs drew the same.
 * Two 32-bit multiply-xor lanes over the bits of each double; not cryptographic.
 */

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);
/** Where the upper half of a double stands, by the byte order of the machine. */
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0]!;
const LOWER = 1 - UPPER;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Hashes numbers as they are added. */
export class DrawHash {
  #low = 0x9e3779b9;
  #high = 0x85ebca6b;

  /** Adds numbers to the hash, in order. */
  add(...values: readonly number[]): void {
    for (let index = 0; index < values.length; index++) {
      value[0] = values[index]!;
      this.#mix(words[UPPER]!);
      this.#mix(words[LOWER]!);
    }
  }

  /** The hash of what was added so far, 16 hexadecimal digits. */
  digest(): string {
    return hexadecimal(this.#high) + hexadecimal(this.#low);
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ this.#low, 0xc2b2ae35);
    this.#high ^= this.#high >>> 13;
  }
}

/** The eight digits of a 32-bit word. */
function hexadecimal(word: number): string {
  const upper = HEX[word >>> 24]! + HEX[(word >>> 16) & 0xff]!;
  return upper + HEX[(word >>> 8) & 0xff]! + HEX[word & 0xff]!;
}
