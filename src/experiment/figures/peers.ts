/**
 * What others' simulators of LLM serving do, measured or claimed elsewhere: not by the figure that
 * shows them. Speeds of BLIS and inference-lab: 10,000 requests of 512 + 128 tokens, Poisson at
 * 8/s, Llama 3.1 8B on one H100, run by us in November 2026 on two noisy cores. Everything else is
 * what the authors say of workloads of their own.
 */

/** A range, as low and high, of what a simulator reaches. */
export interface PeerFigure {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Who says so. */
  readonly source: string;
}

/** Requests simulated per second of real time. */
export const PEER_SPEEDS: readonly PeerFigure[] = [
  { name: "inference-lab 0.10, -O3", low: 22_000, high: 32_000, source: "run by us" },
  { name: "inference-lab 0.10, as shipped", low: 17_000, high: 21_000, source: "run by us" },
  { name: "inference-lab 0.2.1, WebAssembly", low: 700, high: 2000, source: "run by us" },
  { name: "BLIS f90a1e3, tuned", low: 5500, high: 7000, source: "run by us" },
  { name: "BLIS f90a1e3, defaults", low: 280, high: 400, source: "run by us" },
  { name: "LLMServingSim 2.0", low: 8, high: 31, source: "its pull request 67" },
];

/** Sizes of relative errors. */
export const PEER_ERRORS: readonly PeerFigure[] = [
  { name: "LLMServingSim 2.0", low: 0.01, high: 0.01, source: "its authors, RTX 4090" },
  { name: "Frontier, throughput", low: 0.04, high: 0.04, source: "its paper" },
  { name: "Frontier, latency", low: 0.026, high: 0.064, source: "its paper" },
  { name: "Vidur", low: 0.09, high: 0.09, source: "its authors: less than" },
];
