/**
 * What holds of every planner and baseline, whatever it optimizes. Problems are literal: no
 * workload is traced, profiled or simulated.
 */

import { describe, expect, test } from "vitest";
import { checkDeployment } from "../../src/deployment/check.ts";
import type { Deployment } from "../../src/deployment/plan.ts";
import type { Cluster } from "../../src/hardware/cluster.ts";
import type { Planner, PlanningProblem } from "../../src/planner/planner.ts";
import { predictPipeline } from "../../src/predictor/aggregate-llm-pipeline.ts";
import { testCluster, testGpu } from "../unit/fixtures.ts";
import { layered, type ProblemLlm, problemOf, usualProblem } from "../unit/planner/problems.ts";
import { scalingProfile } from "../unit/predictor/profiles.ts";

/** What a planner promises beyond the rest. */
export interface PlannerTraits {
  /** It refuses a rate that its plan is not predicted to sustain. */
  readonly isSearching: boolean;
  /** Its LLMs take turns: every one has all GPUs, which hold the weights of two at a time. */
  readonly isPooling?: boolean;
}

const small = (name: string): ProblemLlm => ({ name, model: layered("tiny", 0.25) });

/** Problems that every planner must solve. */
const solvable: readonly (readonly [string, PlanningProblem])[] = [
  ["three LLMs on four GPUs", usualProblem(1)],
  ["three LLMs on two nodes", usualProblem(2, testCluster(2, 8))],
  ["one LLM on one GPU", problemOf([{ name: "only" }], testCluster(1, 1), 1)],
  ["as many LLMs as GPUs", problemOf(["a", "b"].map(small), testCluster(1, 2), 1)],
  ["two LLMs on one GPU", problemOf(["a", "b"].map(small), testCluster(1, 1), 0.5)],
  ["five LLMs on two GPUs", problemOf([..."abcde"].map(small), testCluster(1, 2), 0.2)],
  [
    "a model that one GPU does not hold",
    problemOf(
      [{ name: "large", model: layered("large", 6), profile: scalingProfile(5, 3, [2, 4]) }],
      testCluster(1, 4),
      1,
    ),
  ],
  [
    "GPUs without a fast domain",
    usualProblem(0.5, testCluster(1, 4, { ...testGpu, domainSize: 1, allReduce: new Map() })),
  ],
  ["a low rate", usualProblem(1e-6)],
];

/** The plan of a problem that must have one. */
function deploymentOf(planner: Planner, problem: PlanningProblem): Deployment {
  const outcome = planner.plan(problem);
  if (!outcome.isFeasible) throw new Error(`${planner.name}: ${outcome.reason}`);
  return outcome.deployment;
}

/** A deployment by names and ids alone. */
const described = ({ llms }: Deployment) =>
  llms.map(({ name, model, instances }) => ({
    name,
    model: model.name,
    instances: instances.map(({ gpus, share }) => `${gpus.map(({ id }) => id)} at ${share}`),
  }));

/** Runs the suite on one planner. */
export function describePlanner(planner: Planner, traits: PlannerTraits): void {
  const { isSearching, isPooling = false } = traits;
  describe.each(solvable)(`${planner.name}: the plan for %s`, (_, problem) => {
    test("passes the check without a warning", () => {
      const findings = checkDeployment(deploymentOf(planner, problem));
      expect(findings).toEqual({ problems: [], warnings: [] });
    });

    test("has every LLM in the problem's order, on the problem's GPUs", () => {
      const { llms, cluster } = deploymentOf(planner, problem);
      expect(cluster).toBe(problem.cluster);
      expect(llms.map(({ name }) => name)).toEqual(problem.llms.map(({ name }) => name));
      llms.forEach(({ instances, model, engine }, index) => {
        expect(model).toBe(problem.llms[index]!.model);
        expect(engine).toBe(problem.llms[index]!.engine);
        expect(instances.length).toBeGreaterThan(0);
        for (const gpu of instances.flatMap(({ gpus }) => gpus)) {
          expect(cluster.gpus[gpu.index]).toBe(gpu);
        }
      });
    });

    test("is the same every time and leaves the problem as it was", () => {
      const before = structuredClone(problem);
      const first = planner.plan(problem);
      expect(planner.plan(structuredClone(problem))).toEqual(first);
      expect(problem).toEqual(before);
      expect(first.candidates).toBeGreaterThan(0);
    });

    test("does not depend on the order in which profiles were made", () => {
      const reversed = problem.profiles.map(({ sizes }) => ({ sizes: sizes.toReversed() }));
      const plan = deploymentOf(planner, { ...problem, profiles: reversed });
      expect(described(plan)).toEqual(described(deploymentOf(planner, problem)));
    });

    test("does not depend on what LLMs, GPUs and the cluster are called", () => {
      const renamed = renamedProblem(problem);
      const instances = (deployment: Deployment) =>
        deployment.llms.map((llm) =>
          llm.instances.map(({ gpus, share }) => [gpus.map(({ index }) => index), share]),
        );
      expect(instances(deploymentOf(planner, renamed))).toEqual(
        instances(deploymentOf(planner, problem)),
      );
    });
  });

  describe(`${planner.name}: no plan`, () => {
    const reasonOf = (problem: PlanningProblem): string => {
      const outcome = planner.plan(problem);
      if (outcome.isFeasible) throw new Error("there is a plan");
      return outcome.reason;
    };

    test("where a model is too large, with a reason", () => {
      const huge = problemOf(
        [small("small"), { name: "huge", model: layered("huge", 40), profile: { sizes: [] } }],
        testCluster(2, 4),
        1,
      );
      expect(reasonOf(huge)).toMatch(/\w+ \w+/);
    });

    test("where the LLMs together are too large, with a reason", () => {
      // Five times 48 GB of weights on two GPUs of 80 GB; in turns two times 144 GB.
      const model = layered("large", isPooling ? 9 : 3);
      const large = [..."abcde"].map((name) => ({ name, model }));
      expect(reasonOf(problemOf(large, testCluster(1, 2), 1e-3))).toMatch(/\w+ \w+/);
    });

    test.runIf(isSearching)("for an absurd rate, with a reason", () => {
      expect(reasonOf(usualProblem(1e6))).toMatch(/\w+ \w+/);
    });
  });

  test.skipIf(isSearching)(`${planner.name}: answers an absurd rate with a plan`, () => {
    expect(deploymentOf(planner, usualProblem(1e6))).toBeDefined();
  });

  test(`${planner.name}: an LLM that no trace calls gets an instance and starves no other`, () => {
    const problem = usualProblem(1);
    const [workflow] = problem.workflows;
    const { statistics } = workflow!;
    const uncalled = { ...statistics.llms[2]!, calls: 0, contextTokenSeconds: 0 };
    const llms = [...statistics.llms.slice(0, 2), { ...uncalled, contextTokensPeak: 0 }];
    const profiles = [...problem.profiles.slice(0, 2), { sizes: [] }];
    const rate = isSearching ? 1.5 : workflow!.rate;
    const workflows = [{ ...workflow!, rate, statistics: { ...statistics, llms } }];
    const changed = { ...problem, profiles, workflows };
    const deployment = deploymentOf(planner, changed);
    const { instances } = deployment.llms[2]!;
    const all = problem.cluster.gpus.length;
    expect(instances.map(({ gpus }) => gpus.length)).toEqual(Array(isPooling ? all : 1).fill(1));
    const [prediction] = predictPipeline(changed, deployment);
    expect(prediction!.latencyMean).toBeGreaterThan(0);
    expect(prediction!.throughputMax).toBeGreaterThan(rate);
  });
}

/** The same problem under other names. */
function renamedProblem(problem: PlanningProblem): PlanningProblem {
  const { cluster, llms } = problem;
  const renamed: Cluster = {
    ...cluster,
    name: "elsewhere",
    gpus: cluster.gpus.map((gpu) => ({ ...gpu, id: `rack/${cluster.gpus.length - gpu.index}` })),
  };
  return {
    ...problem,
    cluster: renamed,
    llms: llms.map((llm, index) => ({ ...llm, name: `other${llms.length - index}` })),
  };
}
