/**
 * Planning problems for tests: literal LLMs, statistics and profiles, nothing simulated.
 */

import type { Cluster } from "../../../src/hardware/cluster.ts";
import type { LlmProfile } from "../../../src/llm/profile-table.ts";
import type { PlannedLlm, PlanningProblem } from "../../../src/planner/planner.ts";
import { callSuccessions } from "../../../src/predictor/call-successions.ts";
import { retimable } from "../../../src/predictor/retiming.ts";
import type { LlmStatistics, WorkflowStatistics } from "../../../src/predictor/trace-statistics.ts";
import type { TraceCall } from "../../../src/workflow/trace.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { recorded, traceOf } from "../predictor/traces.ts";

/** A model of the shape of the 8B one with so many times its layers, and so its weights. */
export const layered = (name: string, factor: number): PlannedLlm["model"] => ({
  ...testModel,
  name,
  layers: Math.round(testModel.layers * factor),
});

/** One LLM of a problem: a call of a second, once per execution, unless told otherwise. */
export interface ProblemLlm {
  readonly name: string;
  readonly model?: PlannedLlm["model"];
  readonly use?: Partial<LlmStatistics>;
  readonly profile?: LlmProfile;
}

/** What an LLM is used for by default: calls of 1,100 tokens. */
const usualUse: LlmStatistics = {
  calls: 1,
  parallelism: 1,
  callDuration: 1,
  firstToken: 0,
  promptTokens: 1000,
  outputTokens: 100,
  runningTokens: 1050,
  runningTokensRms: 1050,
  sharedTokens: 0,
  contextTokensPeak: 2000,
  contextTokens: 500,
  contextTokenSeconds: 1100,
  reuse: { gaps: new Float64Array(), tokensFrom: new Float64Array() },
};

/** The problem of serving `llms` on `cluster` at `rate`. */
export function problemOf(
  llms: readonly ProblemLlm[],
  cluster: Cluster,
  rate: number,
): PlanningProblem {
  const statistics = {
    llms: llms.map((llm) => ({ ...usualUse, ...llm.use })),
    toolSeconds: 0.5,
    executions: 100,
    latencyMean: 5,
  };
  const executions = [chainOf(statistics)];
  const successions = callSuccessions(executions);
  return {
    cluster,
    llms: llms.map(({ name, model = testModel }) => ({ name, model, engine: testEngine })),
    profiles: llms.map(({ profile = scalingProfile(10, 1) }) => profile),
    workflows: [{ name: "test", rate, statistics, executions, successions }],
  };
}

/**
 * The mean execution: the LLMs one after another, `calls / parallelism` seconds each, and a tool.
 */
function chainOf({ llms, toolSeconds }: WorkflowStatistics) {
  let time = 0;
  const calls: TraceCall[] = [];
  llms.forEach(({ calls: count, parallelism, callDuration }, llm) => {
    if (count === 0) return;
    const end = time + (count / parallelism) * callDuration;
    calls.push(recorded(time, end, { llm }));
    time = end;
  });
  return retimable(traceOf(calls, [[time, time + toolSeconds]]));
}

/** A frequent small LLM, a large one and a rare one on four GPUs. */
export function usualProblem(rate = 2, cluster = testCluster(1, 4)): PlanningProblem {
  const llms: ProblemLlm[] = [
    { name: "small", use: { calls: 5, parallelism: 2.5 } },
    { name: "large", model: layered("large", 2), profile: scalingProfile(5, 3) },
    { name: "rare", use: { calls: 0.2 } },
  ];
  return problemOf(llms, cluster, rate);
}
