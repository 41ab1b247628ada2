/** F12: speed and accuracy, measured as the figure is made, beside what is known of others'. */

import { mean } from "d3-array";
import type { FigureRow } from "../../records/figure-table.ts";
import { benchReplay } from "../bench-replay.ts";
import { replayedRuns } from "./f8-measured.ts";
import type { ComputeFigure } from "./figure.ts";
import { PEER_ERRORS, PEER_SPEEDS } from "./peers.ts";

/** Computes F12. */
export const computePeers: ComputeFigure = async () => {
  const { counters, cpu_seconds: cpu } = benchReplay();
  const speed = counters.calls / cpu;
  const shared = replayedRuns().filter(({ tenants }) => tenants > 1);
  const error = mean(shared, ({ simulated_seconds: simulated, observed_seconds: observed }) =>
    Math.abs(simulated! / observed! - 1),
  )!;
  const elsewhere = "measured elsewhere";
  const row = (panel: string, name: string, low: number, high: number, source: string) => {
    return { panel, name, low, high, source } satisfies FigureRow;
  };
  return {
    title: "F12  Speed and accuracy beside other simulators",
    caption:
      `Above: sim: ${counters.calls.toLocaleString("en-US")} requests of 512 + 128 tokens, Poisson ` +
      "at 8/s, Llama 3.1 8B, one H100, engine vllm-0.19, all tables filled, per second of CPU time " +
      "on this machine; BLIS and inference-lab (measured elsewhere): 10,000 such requests, per second " +
      "of real time, in November 2026 on two busy cores of another machine; LLMServingSim (measured " +
      "elsewhere): 300 requests of its own. Below: " +
      `sim: mean latency of the ${shared.length} measured runs of F8 with several models on one ` +
      "H100, now; the others (measured elsewhere): what their authors say of workloads, models and " +
      "GPUs of their own, so that this is no ranking.",
    rows: [
      row("speed", "sim", speed, speed, "measured now"),
      ...PEER_SPEEDS.map(({ name, low, high, source }) =>
        row("speed", name, low, high, `${elsewhere}: ${source}`),
      ),
      row("error", "sim, mean latency", error, error, "measured now"),
      ...PEER_ERRORS.map(({ name, low, high, source }) =>
        row("error", name, low, high, `${elsewhere}: ${source}`),
      ),
    ],
  };
};
