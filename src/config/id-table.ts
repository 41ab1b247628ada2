/**
 * Numbers texts in order of first mention: a hash table with open addressing over typed arrays.
 * A Map does the same, but takes five times as long for ids that are nearly all met once.
 */

const INITIAL_SLOTS = 1024;

/** Ids by number, and numbers by id. */
export class IdTable {
  readonly #ids: string[] = [];
  readonly #hashes: number[] = [];
  /** Numbers of ids, -1 where free; twice as many as ids at least, a power of two. */
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);

  /** Number of ids. */
  get count(): number {
    return this.#ids.length;
  }

  /** The number of an id, which gets the next one if it is new. */
  add(id: string): number {
    const hash = hashOf(id);
    const slot = this.#slotOf(id, hash);
    const known = this.#slots[slot]!;
    if (known >= 0) return known;
    const number = this.#ids.length;
    this.#ids.push(id);
    this.#hashes.push(hash);
    this.#slots[slot] = number;
    if (2 * this.#ids.length > this.#slots.length) this.#grow();
    return number;
  }

  /** The number of an id, undefined for one that was never added. */
  find(id: string): number | undefined {
    const number = this.#slots[this.#slotOf(id, hashOf(id))]!;
    return number < 0 ? undefined : number;
  }

  /** Where an id is, or would be. */
  #slotOf(id: string, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let number = slots[slot]!; number >= 0; number = slots[slot]!) {
      if (this.#hashes[number] === hash && this.#ids[number] === id) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const slots = new Int32Array(4 * this.#slots.length).fill(-1);
    const mask = slots.length - 1;
    this.#hashes.forEach((hash, number) => {
      let slot = hash & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    });
    this.#slots = slots;
  }
}

/** FNV-1a over the characters, mixed once more as ids differ in their last ones. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) & 0x3fffffff;
}
