/**
 * Workloads that are served at once, each with LLMs of its own: what planners are told of all of
 * them, from what is known of each.
 */

import type { PlanningProblem } from "../../planner/planner.ts";

/** A workload of its own, with its part of the executions. */
export interface JoinedPart {
  /** Of one workflow; names are made distinct by `name`. */
  readonly problem: PlanningProblem;
  readonly name: string;
  /** Executions per second. */
  readonly rate: number;
}

/** The problem of all parts at once, on the cluster of the first; LLMs are called `name/llm`. */
export function jointProblem(parts: readonly [JoinedPart, ...JoinedPart[]]): PlanningProblem {
  let before = 0;
  const offsets = parts.map(({ problem }) => {
    const offset = before;
    before += problem.llms.length;
    return offset;
  });
  const uncalled = parts.flatMap(({ problem }) =>
    problem.workflows[0]!.statistics.llms.map((llm) => ({ ...llm, calls: 0 })),
  );
  return {
    ...parts[0].problem,
    llms: parts.flatMap(({ problem, name }) =>
      problem.llms.map((llm) => ({ ...llm, name: `${name}/${llm.name}` })),
    ),
    profiles: parts.flatMap(({ problem }) => problem.profiles),
    workflows: parts.map(({ problem, name, rate }, part) => {
      const { statistics, executions, successions } = problem.workflows[0]!;
      const offset = offsets[part]!;
      return {
        name,
        rate,
        statistics: {
          ...statistics,
          llms: uncalled.map((llm, index) => statistics.llms[index - offset] ?? llm),
        },
        executions: executions.map((execution) => ({
          ...execution,
          llms: execution.llms.map((llm) => (llm < 0 ? llm : llm + offset)),
        })),
        successions: successions.map(({ from, to, ...succession }) => {
          return { ...succession, from: from + offset, to: to + offset };
        }),
      };
    }),
  };
}
