/** F12: speed and accuracy, measured as the figure is made, beside what is known of others'. */

import { mean } from "d3-array";
import type { FigureRow } from "../../records/figure-table.ts";
import { benchReplay } from "../bench-replay.ts";
import { type MeasuredRow, replayedRuns } from "./f8-measured.ts";
import type { ComputeFigure } from "./figure.ts";
import { PEER_ERRORS, PEER_SPEEDS, type PeerFigure } from "./peers.ts";

/** Computes F12. */
export const computePeers: ComputeFigure = async () => {
  const { counters, cpu_seconds: cpu } = benchReplay();
  const runs = replayedRuns().filter(({ tenants }) => tenants > 1);
  return {
    title: "F12  Speed and accuracy beside other simulators",
    caption:
      `Above: sim: ${counters.calls.toLocaleString("en-US")} requests of 512 + 128 tokens, ` +
      "Poisson at 8/s, Llama 3.1 8B, one H100, engine vllm-0.19, all tables filled, per second " +
      "of CPU time on this machine; BLIS and inference-lab (measured elsewhere): 10,000 such " +
      "requests, per second of real time, in November 2026 on two busy cores of another " +
      "machine; LLMServingSim (measured elsewhere): 300 requests of its own. Below: sim: mean " +
      `latency of the ${runs.length} measured runs of F8 with several models on one H100, now; ` +
      "the others (measured elsewhere): what their authors say of workloads, models and GPUs " +
      "of their own, so that this is no ranking.",
    rows: peerRows(counters.calls / cpu, runs),
  };
};

/** Our speed in requests per second and our mean error over runs, and those of the others. */
export function peerRows(
  speed: number,
  runs: readonly Pick<MeasuredRow, "simulated_seconds" | "observed_seconds">[],
): FigureRow[] {
  const error = mean(runs, ({ simulated_seconds: simulated, observed_seconds: observed }) =>
    Math.abs(simulated! / observed! - 1),
  )!;
  const row = (panel: string, { name, low, high, source }: PeerFigure): FigureRow => {
    return { panel, name, low, high, source };
  };
  const ours = (name: string, value: number): PeerFigure => {
    return { name, low: value, high: value, source: "measured now" };
  };
  const elsewhere = (peer: PeerFigure): PeerFigure => {
    return { ...peer, source: `measured elsewhere: ${peer.source}` };
  };
  return [
    row("speed", ours("sim", speed)),
    ...PEER_SPEEDS.map((peer) => row("speed", elsewhere(peer))),
    row("error", ours("sim, mean latency", error)),
    ...PEER_ERRORS.map((peer) => row("error", elsewhere(peer))),
  ];
}
