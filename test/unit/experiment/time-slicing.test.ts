import { expect, test } from "vitest";
import { formatPlan } from "../../../src/config/format-plan.ts";
import { loadPlan } from "../../../src/config/load-plan.ts";
import { simulate } from "../../../src/experiment/simulate.ts";
import type { DrawnStep } from "../../../src/workflow/drawn-execution.ts";
import { writeFiles } from "../config/errors-of.ts";

const PLAN = `cluster: 1x1xH100
sharing: time-slicing
llms:
  llama-3.1-8b: { replicas: [{ gpus: [node0/gpu0], share: 0.5 }] }
  llama-3.2-1b: { replicas: [{ gpus: [node0/gpu0], share: 0.5 }] }
`;

/** A call of a short prompt that waits for none. */
function callOf(llm: number, outputTokens: number): DrawnStep {
  return {
    kind: "call",
    llm,
    role: "",
    promptTokens: 100,
    outputTokens,
    conversation: -1,
    retainTokens: 0,
    predecessorCount: 0,
    successors: [],
  };
}

/** Mean slowdown of the 1B's decode iterations while the 8B decodes beside it. */
function slowdownOfSmall(text: string): number {
  const { deployment } = loadPlan(`${writeFiles({ "plan.yaml": text })}/plan.yaml`);
  let weighted = 0;
  let iterations = 0;
  simulate({
    deployment,
    source: (index) => ({
      index,
      hash: "",
      steps: [callOf(0, 2000), callOf(1, 500)],
    }),
    arrivals: { kind: "recorded", times: [0], drain: 3600 },
    observer: {
      onExecutionEnd: () => {},
      onSpan: (span) => {
        if (span.replica !== 1 || span.phase !== "decode") return;
        weighted += span.slowdown * span.iterations;
        iterations += span.iterations;
      },
    },
  });
  return weighted / iterations;
}

test("tenants that take turns wait for whole slices, and are far slower than under MPS", () => {
  const sliced = slowdownOfSmall(PLAN);
  const limited = slowdownOfSmall(PLAN.replace("time-slicing", "mps"));
  // An iteration of 1.5 ms waits for a slice of 1.7 ms and two switches.
  expect(sliced).toBeGreaterThan(2);
  expect(sliced).toBeLessThan(2.8);
  expect(limited).toBeGreaterThan(1.2);
  expect(limited).toBeLessThan(1.8);
});

/** Ticks of one call's prefill and decode with nobody beside it. */
function timesAlone(text: string, llm: number) {
  const { deployment } = loadPlan(`${writeFiles({ "plan.yaml": text })}/plan.yaml`);
  const times: number[] = [];
  simulate({
    deployment,
    source: (index) => ({ index, hash: "", steps: [callOf(llm, 40)] }),
    arrivals: { kind: "recorded", times: [0], drain: 3600 },
    observer: {
      onExecutionEnd: () => {},
      onCallEnd: (_execution, _step, { startTime, firstTokenTime, finishTime }) => {
        times.push(firstTokenTime - startTime, finishTime - firstTokenTime);
      },
    },
  });
  return times;
}

test.each([0, 1])("a tenant that takes turns has all SMs while it is alone: LLM %d", (llm) => {
  const limited = PLAN.replace("sharing: time-slicing\n", "");
  const [tenth, whole] = [0.1, 1].map((share) =>
    timesAlone(limited.replaceAll("share: 0.5", `share: ${share}`), llm),
  );
  expect(timesAlone(PLAN, llm)).toEqual(whole);
  expect(timesAlone(PLAN.replace("share: 0.5", "share: 0.1"), llm)).toEqual(whole);
  expect(tenth![0]).toBeGreaterThan(1.5 * whole![0]!);
});

test("the way of sharing is kept in a plan that is written", () => {
  const { deployment } = loadPlan(`${writeFiles({ "plan.yaml": PLAN })}/plan.yaml`);
  expect(deployment.sharing).toBe("time-slicing");
  const again = `${writeFiles({ "plan.yaml": formatPlan(deployment) })}/plan.yaml`;
  expect(loadPlan(again).deployment).toEqual(deployment);
});
