/**
 * Named random streams: one master seed, one independent stream per path. A stream depends only
 * on its name, never on how many others exist or in which order they were made, so adding an
 * entity moves no other draw (common random numbers across planners, clusters and rates).
 */

import seedrandom from "seedrandom";

/** Uniform numbers in [0, 1) with 53 random bits. */
export type RandomSource = () => number;

/** The stream `path` of the master seed. */
export function randomStream(seed: number, path: string): RandomSource {
  return seedrandom.alea(`${seed}/${path}`).double;
}
