import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundledPath } from "../../../src/config/catalog.ts";
import { formatPlan } from "../../../src/config/format-plan.ts";
import { loadCluster } from "../../../src/config/load-cluster.ts";
import { loadEngine, loadModel } from "../../../src/config/load-model.ts";
import { loadPlan } from "../../../src/config/load-plan.ts";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const PLAN = `cluster: 1x2xH100
engine: vllm-0.19
sharing: mps
llms:
  llama-3.1-8b:
    max_num_seqs: 64
    replicas:
      - gpus: [node0/gpu0]
        share: 0.6
        memory: 30 GB
      - { gpus: [node0/gpu0, node0/gpu1], share: 0.4 }
  judge:
    model: Qwen/Qwen2.5-7B-Instruct
    replicas:
      - { gpus: [node0/gpu1], share: 0.6 }
`;

const CONTROL =
  "kind: hpa, target_calls: { llama-3.1-8b: 16, judge: 4.5 }, scale_up_delay: 0 s, max_replicas: 8";

const SIZE = 'expected a size such as "80 GB" (units: B, kB, MB, GB, TB, KiB, MiB, GiB)';

function planFile(text: string): string {
  return join(writeFiles({ "p.yaml": text }), "p.yaml");
}

describe("a plan file", () => {
  test("becomes a deployment", () => {
    const { deployment, clusterSpec, engineSpec } = loadPlan(planFile(PLAN));
    const [first, second] = deployment.llms;
    expect(clusterSpec).toBe("1x2xH100");
    expect(engineSpec).toBe("vllm-0.19");
    expect(first!.engine).toEqual({ ...loadEngine("vllm-0.19"), maxNumSeqs: 64 });
    expect(first!.instances[0]).toEqual({
      gpus: [deployment.cluster.gpus[0]],
      share: 0.6,
      memory: 30e9,
    });
    expect(first!.instances[1]!.gpus.map(({ id }) => id)).toEqual(["node0/gpu0", "node0/gpu1"]);
    expect(second!.model.name).toBe("qwen2.5-7b");
    expect(second!.engine).toEqual(loadEngine("vllm-0.19"));
  });

  test("is read onto the command's cluster, with its default engine", () => {
    const cluster = loadCluster("2x2xH200");
    const text = PLAN.replace("engine: vllm-0.19\n", "").replace("cluster: 1x2xH100\n", "");
    const { deployment, clusterSpec } = loadPlan(planFile(text), {
      cluster,
      defaultEngine: "trtllm-1.0",
    });
    expect(deployment.cluster).toBe(cluster);
    expect(clusterSpec).toBeUndefined();
    expect(deployment.llms[1]!.engine.name).toBe("trtllm-1.0");
  });

  test("names the router of all LLMs, or of one", () => {
    const routersOf = (text: string) =>
      loadPlan(planFile(text)).deployment.llms.map(({ router }) => router);
    const all = PLAN.replace("sharing: mps", "router: round-robin");
    expect(routersOf(PLAN)).toEqual([undefined, undefined]);
    expect(routersOf(all)).toEqual(["round-robin", "round-robin"]);
    const own = (name: string) => all.replace("max_num_seqs: 64", `router: ${name}`);
    expect(routersOf(own("random"))).toEqual(["random", "round-robin"]);
    expect(routersOf(own("least-outstanding-tokens"))).toEqual([undefined, "round-robin"]);
  });

  test("names the precision of an LLM's weights, if not the model's", () => {
    const weightsOf = (text: string) =>
      loadPlan(planFile(text)).deployment.llms.map(({ model }) => model.weightType);
    expect(weightsOf(PLAN)).toEqual(["bf16", "bf16"]);
    expect(weightsOf(PLAN.replace("max_num_seqs: 64", "weights: fp8"))).toEqual(["fp8", "bf16"]);
  });

  test("finds files from its own folder", () => {
    const folder = writeFiles({
      "plans/p.yaml": PLAN.replace("cluster: 1x2xH100", "cluster: ../c.yaml"),
      "c.yaml": "nodes: [{ gpu: H100, gpus: 2 }]\n",
    });
    const { deployment, clusterSpec } = loadPlan("plans/p.yaml", { from: folder });
    expect(deployment.cluster.name).toBe("c");
    expect(clusterSpec).toBe(join(folder, "c.yaml"));
  });

  test.each([
    [
      "no cluster at all",
      ["cluster: 1x2xH100\n", ""],
      "p.yaml:1:1 cluster: the plan names no cluster " +
        "(add a line such as `cluster: 4x8xH100`, or give --cluster)",
    ],
    [
      "a GPU that the cluster lacks",
      ["[node0/gpu0]", "[node0/gpu7]"],
      'p.yaml:8:16 llms.llama-3.1-8b.replicas[0].gpus[0]: unknown GPU "node0/gpu7" ' +
        "(did you mean node0/gpu0 or node0/gpu1? (cluster 1x2xH100 has 2 GPUs))",
    ],
    [
      "another way of sharing",
      ["sharing: mps", "sharing: mig"],
      'p.yaml:3:10 sharing: expected mps or time-slicing, got "mig" (did you mean mps?)',
    ],
    [
      "an unknown controller",
      ["sharing: mps", `control: { ${CONTROL.replace("hpa", "vpa")} }`],
      'p.yaml:3:18 control.kind: expected hpa or ayo or aegaeon, got "vpa"',
    ],
    [
      "a target of no calls",
      ["sharing: mps", `control: { ${CONTROL.replace("16", "0")} }`],
      "p.yaml:3:53 control.target_calls.llama-3.1-8b: expected a number above 0, got 0",
    ],
    [
      "an LLM without a target",
      ["sharing: mps", `control: { ${CONTROL.replace(", judge: 4.5", "")} }`],
      "p.yaml:3:37 control.target_calls: no target for judge (add a line such as `judge: 16`)",
    ],
    [
      "more replicas at least than at most",
      ["sharing: mps", `control: { ${CONTROL}, min_replicas: 9 }`],
      "p.yaml:3:106 control.max_replicas: expected a number not below min_replicas, got 8",
    ],
    [
      "a misspelt router",
      ["sharing: mps", "router: round-robbin"],
      "p.yaml:3:9 router: expected least-outstanding-tokens or round-robin or random or " +
        'prefix-affinity or session-affinity, got "round-robbin" (did you mean round-robin?)',
    ],
    [
      "a router of an LLM that does not exist",
      ["max_num_seqs: 64", "router: fastest"],
      "p.yaml:6:13 llms.llama-3.1-8b.router: expected least-outstanding-tokens or round-robin " +
        'or random or prefix-affinity or session-affinity, got "fastest"',
    ],
    [
      "a share above one",
      ["share: 0.6\n", "share: 60\n"],
      "p.yaml:9:16 llms.llama-3.1-8b.replicas[0].share: expected a share in (0, 1], got 60",
    ],
    [
      "a misspelt engine parameter",
      ["max_num_seqs", "max_num_seq"],
      'p.yaml:6:5 llms.llama-3.1-8b: unknown key "max_num_seq" (did you mean max_num_seqs?)',
    ],
    [
      "weights of an unknown precision",
      ["max_num_seqs: 64", "weights: int4"],
      'p.yaml:6:14 llms.llama-3.1-8b.weights: expected bf16 or fp8, got "int4"',
    ],
    [
      "memory without a unit",
      ["memory: 30 GB", "memory: 30"],
      `p.yaml:10:17 llms.llama-3.1-8b.replicas[0].memory: ${SIZE}, got 30`,
    ],
  ])("is refused for %s", (_, [from, to], expected) => {
    expect(errorsOf(() => loadPlan(planFile(PLAN.replace(from!, to!))))).toEqual([expected]);
  });

  test("is refused for a target of an LLM that does not exist", () => {
    const control = `control: { ${CONTROL.replace("judge:", "jugde:")} }\nllms:`;
    expect(errorsOf(() => loadPlan(planFile(PLAN.replace("llms:", control))))[0]).toBe(
      'p.yaml:4:57 control.target_calls: unknown LLM "jugde" (did you mean judge?)',
    );
  });

  test("is told of all unknown names at once", () => {
    const text = PLAN.replace("vllm-0.19", "vllm-0.18")
      .replace("Qwen/Qwen2.5-7B-Instruct", "mixtral-8x7b")
      .replace("  llama-3.1-8b:", "  llama-3.1-9b:");
    expect(errorsOf(() => loadPlan(planFile(text)))).toEqual([
      expect.stringMatching(/^p\.yaml:2:9 engine: unknown engine "vllm-0.18"/),
      expect.stringMatching(/^p\.yaml:5:3 llms: unknown model "llama-3.1-9b"/),
      expect.stringMatching(/^p\.yaml:13:12 llms\.judge\.model: mixtral-8x7b: mixture of experts/),
    ]);
  });
});

describe("a written plan", () => {
  const cluster = loadCluster("2x8xH100");
  const engine = loadEngine("vllm-0.19");
  const deployment: Deployment = {
    cluster,
    llms: [
      {
        name: "editor",
        model: loadModel("qwen2.5-coder-32b"),
        engine: { ...engine, maxNumSeqs: 32, hostPerIteration: 1 / 300, hasPrefixCache: false },
        instances: [
          { gpus: cluster.gpus.slice(0, 2), share: 1 / 3, memory: 31_234_567_891 },
          { gpus: [cluster.gpus[9]!], share: 1 },
        ],
      },
      {
        name: "true",
        model: loadModel("llama-3.2-1b"),
        engine: {
          ...loadEngine("trtllm-1.0"),
          decodeBatchSizes: [1, 2, 3],
          launchPerLayer: { fixed: 0.7e-3, perChunk: 0, ofDecodes: 1e-4 / 3 },
        },
        router: "session-affinity",
        instances: [{ gpus: [cluster.gpus[2]!], share: 0.25 }],
      },
    ],
  };

  test("reads back to an equal deployment", () => {
    const text = formatPlan(deployment, { title: "by a test" });
    expect(loadPlan(planFile(text)).deployment).toEqual(deployment);
  });

  test("keeps what its engine says of launches, and can take it back", () => {
    const bench = "  llama-3.2-1b:\n    engine: torch-bench\n";
    const replicas = "    replicas: [{ gpus: [node0/gpu0], share: 1 }]\n";
    const launchOf = (overrides: string) => {
      const text = `cluster: 1x1xH100\nllms:\n${bench}${overrides}${replicas}`;
      const plan = loadPlan(planFile(text)).deployment;
      expect(loadPlan(planFile(formatPlan(plan))).deployment).toEqual(plan);
      return plan.llms[0]!.engine.launchPerLayer;
    };
    const ofEngine = loadEngine("torch-bench").launchPerLayer;
    expect(ofEngine.fixed).toBeGreaterThan(0);
    expect(launchOf("")).toEqual(ofEngine);
    expect(launchOf("    launch_per_layer: 0 ms\n")).toEqual({ ...ofEngine, fixed: 0 });
    expect(loadEngine("vllm-0.19").launchPerLayer).toEqual({ fixed: 0, perChunk: 0, ofDecodes: 0 });
  });

  test("keeps the precision of its weights, also where a file says another", () => {
    const llama = loadModel("llama-3.1-8b");
    const text = readFileSync(bundledPath("model", "llama-3.1-8b"), "utf8");
    const folder = writeFiles({ "quantised.yaml": `${text}weights: fp8\n` });
    const path = join(folder, "quantised.yaml");
    const quantised = loadModel(path);
    expect(quantised).toEqual({ ...llama, name: "quantised", weightType: "fp8" });
    const instances = [{ gpus: [cluster.gpus[0]!], share: 1 }];
    const llms = [
      { name: "a", model: { ...llama, weightType: "fp8" }, engine, instances },
      { name: "b", model: quantised, engine, instances },
      { name: "c", model: { ...quantised, weightType: "bf16" }, engine, instances },
      { name: "d", model: llama, engine, instances },
    ] as const;
    const models = new Map([
      ["b", path],
      ["c", path],
    ]);
    const written = formatPlan({ cluster, llms }, { models });
    expect(written.match(/weights: \w+/g)).toEqual([
      "weights: fp8",
      "weights: fp8",
      "weights: bf16",
    ]);
    expect(loadPlan(planFile(written)).deployment).toEqual({ cluster, llms });
  });

  test("keeps its controller", () => {
    const text = PLAN.replace("llms:", `control: { ${CONTROL} }\nllms:`);
    const controlled = loadPlan(planFile(text)).deployment;
    expect(controlled.control).toEqual({
      kind: "hpa",
      interval: 15,
      targetCalls: [16, 4.5],
      tolerance: 0.1,
      scaleUpDelay: 0,
      scaleDownDelay: 300,
      minReplicas: 1,
      maxReplicas: 8,
    });
    expect(loadPlan(planFile(formatPlan(controlled))).deployment).toEqual({
      ...controlled,
      sharing: "mps",
    });
  });

  test("keeps the order of calls, and turns", () => {
    const order = (text: string) => loadPlan(planFile(text)).deployment.control;
    const plain = PLAN.replace("llms:", "control: { kind: ayo }\nllms:");
    expect(order(plain)).toEqual({ kind: "ayo", order: "oldest-first" });
    const other = { ...deployment, control: { kind: "ayo", order: "nearest-end" } as const };
    expect(order(formatPlan(other))).toEqual(other.control);
    const pool = { kind: "aegaeon", quantum: 0.25, affinity: 8 } as const;
    expect(order(formatPlan({ ...deployment, control: pool }))).toEqual(pool);
  });

  test("reads like one by hand", () => {
    const text = formatPlan({ cluster, llms: deployment.llms.slice(0, 1) }, { title: "by a test" });
    expect(text).toBe(`# by a test

cluster: 2x8xH100
engine: vllm-0.19
llms:
  editor:
    model: qwen2.5-coder-32b
    max_num_seqs: 32
    prefix_cache: false
    host_per_iteration: 0.0033333333333333335 s
    replicas:
      - gpus: [node0/gpu0, node0/gpu1]
        share: 0.3333333333333333
        memory: 31.234567891 GB
      - gpus: [node1/gpu1]
        share: 1
`);
  });

  test("names files where its parts came from files", () => {
    const folder = dirname(planFile(PLAN));
    const models = new Map([["editor", `${folder}/m.yaml`]]);
    const text = formatPlan(deployment, { cluster: "./c.yaml", models });
    expect(text).toContain("cluster: ./c.yaml\n");
    expect(text).toContain(`model: ${folder}/m.yaml\n`);
  });
});
