/**
 * Named random streams: one master seed, one independent stream per path. A stream depends only
 * on its name, never on how many others exist or in which order they were made, so adding an
 * entity moves no other draw (common random numbers across planners, clusters and rates).
 */

import seedrandom from "seedrandom";

/** Uniform numbers in [0, 1) with 53 random bits. */
export type RandomSource = () => number;

/**
 * The stream `path` of the master seed: Alea (Baagøe 2010) as seedrandom makes and seeds it. The
 * seeding is done here, in a third of the time, as an execution has a dozen streams of few draws.
 */
export function randomStream(seed: number, path: string): RandomSource {
  return seedrandom.alea("", { state: aleaState(`${seed}/${path}`) }).double;
}

/** Alea's state for a name: three hashes of a space, less three of the name, modulo 1. */
function aleaState(name: string) {
  const first = mash(SPACES[2], name);
  const second = mash(first, name);
  const third = mash(second, name);
  return {
    c: 1,
    s0: fraction(toUnit(SPACES[0]) - toUnit(first)),
    s1: fraction(toUnit(SPACES[1]) - toUnit(second)),
    s2: fraction(toUnit(SPACES[2]) - toUnit(third)),
  };
}

/** Baagøe's hash of a text, going on from another one. */
function mash(from: number, text: string): number {
  let mixed = from;
  for (let index = 0; index < text.length; index++) {
    mixed += text.charCodeAt(index);
    let product = 0.02519603282416938 * mixed;
    mixed = product >>> 0;
    product = (product - mixed) * mixed;
    mixed = product >>> 0;
    mixed += (product - mixed) * 2 ** 32;
  }
  return mixed;
}

const START = 0xefc8249d;
const SPACES = [mash(START, " "), mash(START, "  "), mash(START, "   ")] as const;

/** A hash as a number in [0, 1). */
function toUnit(hash: number): number {
  return (hash >>> 0) * 2 ** -32;
}

function fraction(difference: number): number {
  return difference < 0 ? difference + 1 : difference;
}
