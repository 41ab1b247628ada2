/** Recorded executions played again: the same times give the same latency, other times others. */

import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../../src/config/load-workflow.ts";
import { traceWorkflow } from "../../../src/experiment/tracing.ts";
import { type CallStretch, retimable, retimedLatency } from "../../../src/predictor/retiming.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { recorded, traceOf } from "./traces.ts";

const by = (factor: number): CallStretch => ({ firstToken: factor, decode: factor });
const latencyOf = (trace: ReturnType<typeof traceOf>, ...stretches: CallStretch[]) =>
  retimedLatency(retimable(trace), stretches);

describe("retimedLatency", () => {
  const half = { llm: 1, firstToken: 4.5 };
  /** Two calls side by side, a tool, and a call of another LLM, half of it prefill. */
  const trace = traceOf([recorded(0, 1), recorded(0, 2), recorded(4, 5, half)], [[2, 4]]);

  test("is the recorded one at the recorded times", () => {
    expect(latencyOf(trace, by(1), by(1))).toBe(5);
  });

  test("stretches the longest of what runs side by side, and no tool", () => {
    expect(latencyOf(trace, by(3), by(1))).toBe(9);
    expect(retimedLatency(retimable(trace), [by(1), by(1)], false)).toBe(3);
  });

  test("stretches prefill and decode apart", () => {
    expect(latencyOf(trace, by(1), { firstToken: 3, decode: 1 })).toBe(6);
    expect(latencyOf(trace, by(1), { firstToken: 1, decode: 5 })).toBe(7);
  });

  test("keeps gaps in which nothing was recorded, and time after the last call", () => {
    const gapped = { ...traceOf([recorded(1, 2), recorded(3, 4)]), latency: 6 };
    expect(latencyOf(gapped, by(2))).toBe(8);
  });

  test("credits overlap as far as it lasts", () => {
    const beside = traceOf([recorded(0, 4), recorded(0, 3, { llm: 1 })]);
    expect(latencyOf(beside, by(1), by(1))).toBe(4);
    expect(latencyOf(beside, by(1), by(2))).toBe(6);
  });
});

test.each(["rag-reranker", "beam-search", "swe-agent", "deep-research"])(
  "%s played again at its own times takes as long as it did",
  (name) => {
    const workflow = loadWorkflow(name);
    const llms = workflow.llms.map((llm) => {
      return { name: llm.name, model: layered(llm.name, 0.25), engine: testEngine };
    });
    const outcome = traceWorkflow({ workflow, seed: 1, llms, cluster: testCluster(1, 1) });
    if (!("traces" in outcome)) throw new Error(outcome.infeasible);
    for (const trace of outcome.traces.slice(0, 20)) {
      const again = latencyOf(trace, ...llms.map(() => by(1)));
      expect(Math.abs(again / trace.latency - 1)).toBeLessThan(1e-9);
    }
  },
);
