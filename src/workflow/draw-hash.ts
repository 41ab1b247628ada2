/**
 * A 64-bit hash of a sequence of numbers, to see at a glance that two runs drew the same.
 * Two 32-bit multiply-xor lanes over the bits of each double; not cryptographic.
 */

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);
/** Where the upper half of a double stands, by the byte order of the machine. */
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0]!;
const LOWER = 1 - UPPER;

const DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

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
    const a = this.#high;
    const b = this.#low;
    // One flat text at once: there may be a hash for each of a million executions.
    return String.fromCharCode(
      digit(a, 7),
      digit(a, 6),
      digit(a, 5),
      digit(a, 4),
      digit(a, 3),
      digit(a, 2),
      digit(a, 1),
      digit(a, 0),
      digit(b, 7),
      digit(b, 6),
      digit(b, 5),
      digit(b, 4),
      digit(b, 3),
      digit(b, 2),
      digit(b, 1),
      digit(b, 0),
    );
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ this.#low, 0xc2b2ae35);
    this.#high ^= this.#high >>> 13;
  }
}

/** The code of the hexadecimal digit of a word at a place, the lowest being 0. */
function digit(word: number, place: number): number {
  return DIGITS[(word >>> (4 * place)) & 15]!;
}
