/**
 * What holds of the pipeline for any trace: with the latencies of the trace itself, its sum is the
 * mean time in which each LLM is busy with an execution, added over LLMs.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { predictPipeline } from "../../../src/predictor/aggregate-llm-pipeline.ts";
import { tracedWorkflow } from "../../../src/predictor/prediction.ts";
import { unionLength } from "../../../src/predictor/trace-statistics.ts";
import { onWholeGpus } from "./deployments.ts";
import { flatProfile } from "./profiles.ts";
import { recorded, traceOf } from "./traces.ts";

test("with the latencies of the trace, the sum is the mean of the unions of calls", () => {
  const times = fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 300 }), fc.nat(2));
  const executions = fc.array(fc.array(times, { maxLength: 12 }), { minLength: 1, maxLength: 8 });
  const deployment = onWholeGpus([1, 1, 1]);
  fc.assert(
    fc.property(executions, (drawn) => {
      const traces = drawn.map((calls) =>
        traceOf(
          calls.map(([start, length, llm]) => recorded(start / 7, (start + length) / 7, { llm })),
        ),
      );
      const traced = tracedWorkflow(traces, 3);
      const profiles = traced.statistics.llms.map(({ callDuration }) => flatProfile(callDuration));
      const workflows = [{ name: "test", rate: 0.1, ...traced }];
      const [prediction] = predictPipeline({ profiles, workflows }, deployment);
      const unions = traces.map(({ calls }) =>
        [0, 1, 2].reduce((total, llm) => {
          const own = calls.filter((call) => call.llm === llm);
          return total + unionLength(own.map(({ submit, end }) => ({ start: submit, end })));
        }, 0),
      );
      const mean = unions.reduce((total, union) => total + union, 0) / unions.length;
      expect(Math.abs(prediction!.latencyMean - mean)).toBeLessThanOrEqual(1e-12 * mean);
    }),
  );
});
