/** F11: links of a speed that was asked for, and what they are worth in a simulation. */

import { expect, test } from "vitest";
import { clusterOf, type TpGroup } from "../../../../src/experiment/figures/f11-interconnect.ts";
import { runTrial } from "../../../../src/experiment/trial.ts";
import { spannedLevel } from "../../../../src/hardware/cluster.ts";
import { allReduceCost } from "../../../../src/llm/all-reduce.ts";
import { GB, us } from "../../../../src/units.ts";
import { testEngine, testModel } from "../../fixtures.ts";
import { always, call, workflowOf } from "../../workflow/programs.ts";

const groups: readonly TpGroup[] = [
  { name: "a", tp: 4, level: "domain" },
  { name: "b", tp: 4, level: "node" },
  { name: "c", tp: 4, level: "network" },
];

test.each(groups)("TP 4 over a $level has the all-reduce that was asked for", (group) => {
  const cluster = clusterOf(group, { startUp: 20 * us, bandwidth: 60 * GB });
  expect(cluster.gpus).toHaveLength(4);
  expect(spannedLevel(cluster.gpus)).toBe(group.level);
  const { latency, perByte } = allReduceCost(cluster.gpus[0]!.type, cluster, group);
  expect(latency).toBeCloseTo(20 * us, 12);
  // 2·3/4 bytes over the link for each byte.
  expect(perByte).toBeCloseTo(1.5 / (60 * GB), 18);
});

test("slower links make executions slower, wherever they are", () => {
  for (const group of groups) {
    const latencyAt = (startUp: number, bandwidth: number) => {
      const cluster = clusterOf(group, { startUp, bandwidth });
      const llm = { name: "a", model: testModel, engine: testEngine };
      const llms = [{ ...llm, instances: [{ gpus: cluster.gpus, share: 1 }] }];
      const workflow = workflowOf([call({ prompt: always(2000), output: always(20) })]);
      const trial = { workflow, deployment: { cluster, llms }, rate: 0.2, seed: 1 };
      return runTrial({ ...trial, executions: 40 }).latencyMean!;
    };
    const usual = latencyAt(10 * us, 100 * GB);
    expect(latencyAt(10 * us, 10 * GB)).toBeGreaterThan(1.05 * usual);
    expect(latencyAt(100 * us, 100 * GB)).toBeGreaterThan(1.05 * usual);
  }
});
