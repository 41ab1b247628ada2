/**
 * `run` and `plan` on the RAG workload: the document, the results directory, and what the same
 * command, another seed, or a plan from a file give.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ARROW_FILES,
  differences,
  type Ended,
  filesOf,
  sim,
  simDone,
  temporaryFolder,
} from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

const BASE = "--workload rag-reranker --cluster 1x4xH100 --rate 10";
const RUN = `run ${BASE} --executions 100 --json`;

let first: Ended;
let again: Ended;

beforeAll(async () => {
  [first, again] = await Promise.all([
    simDone(folder, `${RUN} --out first`),
    simDone(folder, `${RUN} --out again`),
    simDone(folder, `${RUN} --out seed2 --seed 2`),
    simDone(folder, `plan ${BASE} --out own.yaml`),
    simDone(folder, `${RUN} --out replicated --replications 3`),
  ]);
});

const SAMPLE = ["mean", "p50", "p90", "p95", "p99", "max"];

const nested = (name: string, keys: readonly string[]) => keys.map((key) => `${name}.${key}`);

/** Every key of the document, `*` for the LLMs. */
const KEYS = [
  ..."schema_version workload cluster planner seed rate_per_second closed_loop predictor".split(
    " ",
  ),
  ..."results wall_seconds".split(" "),
  ...nested("plan", "feasible reason gpus_total gpus_used search_seconds candidates".split(" ")),
  ...nested(
    "plan.placement",
    "stranded_share stranded_memory_bytes tp_groups_crossing_domains".split(" "),
  ),
  ...nested("plan.llms.*", "model tp share replicas instances".split(" ")),
  ...["predictions.alp", "predicted"].flatMap((name) =>
    nested(name, ["latency_mean_seconds", "throughput_max_per_second"]),
  ),
  "predictions.alp.tool_seconds",
  "predicted.throughput_per_second",
  ...nested("error", ["latency_mean", "throughput"]),
  ...nested("simulated", [
    ..."stable warmup_seconds replications duration_seconds throughput_per_second".split(" "),
    ..."goodput_per_second calls events".split(" "),
    ...nested("executions", ["arrived", "completed", "failed", "unfinished"]),
    ...nested("latency_seconds", [...SAMPLE, "mean_ci95"]),
    ...nested("tools.time_share", ["mean", "p5", "p95"]),
    ...nested("breakdown", "queue prefill decode interference network tool".split(" ")),
    ...nested("gpus", ["utilization_mean", "count", "gpu_seconds_per_execution"]),
    ...nested("llms.*", [
      ...["calls", "utilization", "prefix_hit_ratio"],
      ...nested("time_share", ["mean", "p5", "p95"]),
      ...["ttft_seconds", "tpot_seconds", "queue_seconds"].flatMap((key) => nested(key, SAMPLE)),
    ]),
  ]),
];

/** Null here: arrivals are open, no objective, no reason of the plan, one token out has no TPOT. */
const NULLS = [
  "closed_loop",
  "plan.reason",
  "simulated.goodput_per_second",
  ...nested("simulated.llms.reranker.tpot_seconds", SAMPLE),
];

/** What is at a path; undefined where a key is missing. */
function valueAt(document: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], document);
}

const summaryOf = (name: string) => JSON.parse(readFileSync(at(`${name}/summary.json`), "utf8"));

describe("run --json", () => {
  test("prints one document and nothing else", () => {
    expect(JSON.parse(first.stdout)).toMatchObject({
      schema_version: 1,
      workload: "rag-reranker",
      cluster: "1x4xH100",
      planner: "scepsy",
      seed: 1,
      results: "first",
    });
    expect(first.stdout.endsWith("}\n")).toBe(true);
    expect(first.stderr).toBe("");
  });

  test("has every documented key, null only where allowed", () => {
    const document = JSON.parse(first.stdout);
    const paths = KEYS.flatMap((key) =>
      key.includes("*") ? ["reranker", "generator"].map((llm) => key.replace("*", llm)) : [key],
    );
    const values = new Map(paths.map((path) => [path, valueAt(document, path)]));
    const pathsWhere = (test: (value: unknown) => boolean) =>
      paths.filter((path) => test(values.get(path))).sort();
    expect(pathsWhere((value) => value === undefined)).toEqual([]);
    expect(pathsWhere((value) => value === null)).toEqual([...NULLS].sort());
  });

  test("says where every instance runs, and where the mean lies", () => {
    const { plan, simulated } = JSON.parse(first.stdout);
    for (const { instances, replicas } of Object.values<{
      instances: { tp: number; share: number; gpus: string[] }[];
      replicas: number;
    }>(plan.llms)) {
      expect(instances).toHaveLength(replicas);
      for (const { tp, share, gpus } of instances) {
        expect(gpus).toHaveLength(tp);
        expect(gpus.every((gpu) => /^node0\/gpu[0-3]$/.test(gpu))).toBe(true);
        expect(share > 0 && share <= 1).toBe(true);
      }
    }
    const { mean, mean_ci95 } = simulated.latency_seconds;
    expect(mean_ci95[0]).toBeLessThan(mean);
    expect(mean_ci95[1]).toBeGreaterThan(mean);
  });
});

describe("the results directory", () => {
  test("has the documented files", () => {
    const documents = ["cluster", "manifest", "replicas", "summary"].map((name) => `${name}.json`);
    const names = [...ARROW_FILES, ...documents, "plan.yaml"];
    expect([...filesOf(at("first")).keys()]).toEqual(names.sort());
  });

  test("has the printed document without what differs from run to run", () => {
    const { results, wall_seconds, ...printed } = JSON.parse(first.stdout);
    expect([results, typeof wall_seconds]).toEqual(["first", "number"]);
    delete printed.plan.search_seconds;
    delete printed.simulated.events;
    expect(summaryOf("first")).toEqual(printed);
  });

  test("is the same bytes for the same command, but for the manifest", () => {
    expect(differences(at("first"), at("again"))).toEqual(["manifest.json"]);
    expect(JSON.parse(again.stdout).simulated).toEqual(JSON.parse(first.stdout).simulated);
  });

  test("is another for another seed", () => {
    // The plan, and with it where replicas are, may be the same.
    const maybeSame = ["cluster.json", "plan.yaml", "replicas.json"];
    const names = [...filesOf(at("first")).keys()].filter((name) => !maybeSame.includes(name));
    const different = differences(at("first"), at("seed2"));
    expect(names.filter((name) => !different.includes(name))).toEqual([]);
  });

  test("is replaced by a second run onto it", async () => {
    await simDone(folder, `${RUN} --out again --seed 2`);
    expect(differences(at("seed2"), at("again"))).toEqual(["manifest.json"]);
  });
});

describe("run --replications", () => {
  test("has the keys of a single run, intervals over the runs, and the first run's tables", () => {
    const { simulated } = summaryOf("replicated");
    expect(Object.keys(simulated)).toEqual(Object.keys(summaryOf("first").simulated));
    expect(simulated).toMatchObject({ replications: 3, executions: { arrived: 270 } });
    for (const name of ["mean", "p50", "p90", "p95", "p99"]) {
      const [low, high] = simulated.latency_seconds[`${name}_ci95`];
      const value = simulated.latency_seconds[name];
      expect(low < value && value < high, name).toBe(true);
    }
    const different = differences(at("first"), at("replicated"));
    expect(different).toEqual(["manifest.json", "summary.json"]);
    const manifest = JSON.parse(readFileSync(at("replicated/manifest.json"), "utf8"));
    expect(manifest.seeds).toEqual([1, 2, 3]);
  });

  test.each([
    ["--replications 0", "a whole number of at least 1"],
    ["--precision 5", "such as 5%"],
    ["--precision 0%", "above 0"],
  ])("refuses %s", async (flags, hint) => {
    const { code, stderr } = await sim(folder, ...`${RUN} ${flags}`.split(" "));
    expect([code, stderr]).toEqual([1, expect.stringContaining(hint)]);
  });
});

describe("a plan file", () => {
  test("of a run gives the same simulated latency again", async () => {
    const { simulated } = summaryOf("first");
    const { stdout } = await simDone(folder, `${RUN} --plan first/plan.yaml --out from-plan`);
    const document = JSON.parse(stdout);
    expect(document.planner).toBe("user");
    expect(document.simulated).toEqual(JSON.parse(first.stdout).simulated);
    expect(document.simulated.latency_seconds).toEqual(simulated.latency_seconds);
  });

  test("of `plan --out` is the one that `run` writes", () => {
    expect(readFileSync(at("own.yaml"), "utf8")).toBe(readFileSync(at("first/plan.yaml"), "utf8"));
  });
});

describe("plan", () => {
  test("prints the plan and its prediction as a document", async () => {
    const { stdout, stderr } = await simDone(folder, `plan ${BASE} --json`);
    expect(stderr).toBe("");
    const document = JSON.parse(stdout);
    expect(document.rate_per_second).toBe(10);
    for (const key of ["plan", "predictor", "predictions", "predicted"]) {
      expect(document[key]).toBeTruthy();
    }
  });

  test("prints tables without it", async () => {
    const { stdout } = await simDone(folder, `plan ${BASE}`);
    for (const text of ["reranker-0.6b", "llama-3.1-8b", "node0", "Predicted (alp+)"]) {
      expect(stdout).toContain(text);
    }
  });
});

describe("list and --help", () => {
  test("print what there is", async () => {
    const [all, workloads, planners, routers] = await Promise.all([
      simDone(folder, "list"),
      simDone(folder, "list workloads"),
      simDone(folder, "list planners"),
      simDone(folder, "list routers"),
    ]);
    expect(all.stdout).toMatch(/^workloads: .*rag-reranker/m);
    expect(workloads.stdout.trim().split("\n")).toEqual(
      expect.arrayContaining(["beam-search", "rag-reranker", "swe-agent", "swe-agent-single"]),
    );
    expect(planners.stdout.trim().split("\n")).toEqual([
      "scepsy",
      "independent",
      "independent-shares",
      "independent-blind",
      "independent-blind-shares",
      "hpa",
      "ayo",
      "aegaeon",
      "user",
    ]);
    expect(routers.stdout).toMatch(/^least-outstanding-tokens\n/);
  });

  test.each(["--help", "run --help", "plan --help", "--version"])("%s", async (command) => {
    const { stdout, stderr } = await simDone(folder, command);
    expect(stdout).toMatch(/sim|\d+\.\d+\.\d+/);
    expect(stderr).toBe("");
  });
});
