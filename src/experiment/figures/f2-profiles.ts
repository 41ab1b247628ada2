/** F2: how each LLM serves its calls alone: latency over call rate by TP degree and share. */

import { type ComputeFigure, modelsOf } from "./figure.ts";

/** Shares that are drawn, and TP degrees on whole GPUs. */
const SHARES = [0.25, 0.5, 1];
const DEGREES = [1, 2, 4];

/** Computes F2. */
export const computeProfiles: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const rows = workloads.flatMap(({ workflow, problem }) =>
    problem.profiles.flatMap(({ sizes }, llm) =>
      sizes
        .filter(({ tp, share, replicas }) => {
          if (replicas !== 1) return false;
          return share === 1 ? DEGREES.includes(tp) : tp === 1 && SHARES.includes(share);
        })
        .flatMap(({ tp, share, points }) =>
          points.map(({ callRate, firstToken, decode }) => ({
            workload: workflow.name,
            llm: problem.llms[llm]!.name,
            tp,
            share,
            calls_per_second: callRate,
            latency_seconds: firstToken + decode,
          })),
        ),
    ),
  );
  return {
    title: "F2  Profiles: latency of an LLM's calls over their rate, by TP degree and share",
    caption:
      "Simulated, one replica alone; the traced calls of each LLM are replayed with their " +
      "prompt and output lengths, to 95 % of saturation. H100 SXM, engine vllm-0.19. " +
      `Workloads (assumed): ${modelsOf(workloads)}.`,
    rows,
  };
};
