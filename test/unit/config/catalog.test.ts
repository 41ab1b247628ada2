import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundledNames, type InputFiles } from "../../../src/config/catalog.ts";
import { loadCluster, loadGpuType } from "../../../src/config/load-cluster.ts";
import { loadEngine, loadModel } from "../../../src/config/load-model.ts";
import { loadWorkflow } from "../../../src/config/load-workflow.ts";
import { rateOn } from "../../../src/hardware/share-rate.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

describe("every bundled file loads", () => {
  test.each(bundledNames("gpu"))("GPU %s", (name) => {
    const gpu = loadGpuType(name);
    expect(gpu.name).toBe(name);
    const { matrix, kvBandwidth, attentionCompute } = gpu.kernels;
    expect(rateOn(matrix.bandwidth, gpu.sms)).toBeLessThan(gpu.peakBandwidth);
    expect(rateOn(kvBandwidth, gpu.sms)).toBeLessThan(gpu.peakBandwidth);
    expect(rateOn(matrix.compute, gpu.sms)).toBeLessThan(gpu.peakCompute);
    expect(rateOn(attentionCompute, gpu.sms)).toBeLessThan(gpu.peakCompute);
    const degrees = [2, 4, 8].filter((degree) => degree <= gpu.domainSize);
    expect([...gpu.allReduce.keys()]).toEqual(degrees);
  });
  test.each(bundledNames("model"))("model %s", (name) => {
    expect(loadModel(name)).toMatchObject({ name, weightType: "bf16" });
  });
  test.each(bundledNames("engine"))("engine %s", (name) => {
    const { decodeBatchSizes } = loadEngine(name);
    expect(decodeBatchSizes.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 24]);
    expect(decodeBatchSizes.at(-1)).toBe(name === "torch-bench" ? 128 : 512);
  });
  test("the launches of torch-bench have a replicate for each run", () => {
    const { launchPerLayer, launchReplicates } = loadEngine("torch-bench");
    expect(launchReplicates).toHaveLength(11);
    for (const { fixed } of launchReplicates!) {
      expect(Math.abs(fixed / launchPerLayer.fixed - 1)).toBeLessThan(0.1);
    }
    expect(loadEngine("vllm-0.19").launchReplicates).toBeUndefined();
  });
  test.each(bundledNames("cluster"))("cluster %s", (name) => {
    expect(loadCluster(name).name).toBe(name);
  });
  test.each(bundledNames("workflow"))("workload %s", (name) => {
    expect(loadWorkflow(name).name).toBe(name);
  });
});

/** Billions of parameters, as the models' pages say; our shapes leave out norms and biases. */
test.each([
  ["llama-3.2-1b", 1.24],
  ["llama-3.2-3b", 3.21],
  ["llama-3.1-8b", 8.03],
  ["llama-3.1-70b", 70.6],
  ["qwen2.5-7b", 7.62],
  ["qwen2.5-14b", 14.8],
  ["qwen2.5-32b", 32.8],
  ["qwen2.5-coder-32b", 32.8],
  ["qwen3-32b", 32.8],
  ["mistral-7b", 7.25],
  ["llama-7b", 6.74],
  ["prm-8b", 8.03],
  ["reranker-0.6b", 0.596],
])("%s has %d B parameters", (name, billions) => {
  const parameters = weightBytes(loadModel(name), 1) / 2;
  expect(Math.abs(parameters / (billions * 1e9) - 1)).toBeLessThan(0.02);
});

describe("names", () => {
  test("of GPUs are found in any case and by their first words", () => {
    for (const name of ["h100", "H100", "H100-SXM", "h100_sxm", "H100 SXM"]) {
      expect(loadGpuType(name).name).toBe("h100-sxm");
    }
    expect(loadGpuType("A100").name).toBe("a100-sxm-80gb");
    expect(loadGpuType("L40S").name).toBe("l40s");
  });

  test("of models are catalogue names or Hugging Face paths", () => {
    const names = ["LLAMA-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B"];
    for (const name of names) expect(loadModel(name).name).toBe("llama-3.1-8b");
  });

  test.each([
    "mixtral-8x7b",
    "mistralai/Mixtral-8x22B-Instruct-v0.1",
    "deepseek-v3",
    "deepseek-ai/DeepSeek-R1",
    "qwen3-30b-a3b",
    "Qwen/Qwen3-235B-A22B",
    "gpt-oss-120b",
    "llama-4-maverick",
  ])("%s is refused as a mixture of experts", (name) => {
    const [error] = errorsOf(() => loadModel(name));
    expect(error).toContain(`${name}: mixture of experts is out of scope`);
  });

  test.each([
    [
      () => loadModel("llama-3.1-8x"),
      /^unknown model "llama-3.1-8x" \(did you mean llama-3.1-8b.*add one/,
    ],
    [() => loadModel("deepseek-r1-distill-qwen-32b"), /^unknown model /],
    [
      () => loadModel("Qwen/Qwen2.5-8B"),
      /^unknown model "Qwen\/Qwen2.5-8B" \(did you mean qwen2.5-7b/,
    ],
    [() => loadGpuType("H10"), /^unknown GPU "H10" \(did you mean h100/],
    [() => loadEngine("vllm-0.18"), /^unknown engine "vllm-0.18" \(did you mean vllm-0.1/],
    [() => loadWorkflow("swe-agnet"), /^unknown workload "swe-agnet" \(did you mean swe-agent/],
    [() => loadModel("./my-model.yaml"), /^my-model.yaml: no such file$/],
  ])("that are unknown come with advice (%#)", (load, expected) => {
    expect(errorsOf(load)).toEqual([expect.stringMatching(expected)]);
  });
});

describe("a cluster", () => {
  test("given as shorthand has equal nodes with the GPU's domains and links", () => {
    const cluster = loadCluster("2X16xh100");
    expect(cluster.name).toBe("2x16xH100");
    expect(cluster.nodes.map(({ id }) => id)).toEqual(["node0", "node1"]);
    expect(cluster.gpus).toHaveLength(32);
    expect(cluster.gpus[17]).toMatchObject({ id: "node1/gpu1", node: 1, domain: 2 });
    expect(cluster.gpus[17]!.type).toBe(loadGpuType("H100"));
    expect(cluster.networkLink.bandwidth).toBe(35.9e9);
  });

  test.each(["4x8", "0x8xH100", "4x0xH100", "garbage", "-1x8xH100", "1.5x8xH100", "", "4xH100"])(
    "given as %j is refused",
    (spec) => {
      expect(errorsOf(() => loadCluster(spec))).toEqual([
        `"${spec}" is not a cluster (expected NODESxGPUSxGPU such as 4x8xH100, ` +
          "or the path of a cluster file (bundled: dgx-h100-2))",
      ]);
    },
  );

  test("of unknown GPUs is refused with a suggestion", () => {
    const [error] = errorsOf(() => loadCluster("4x8xH1000"));
    expect(error).toMatch(/^unknown GPU "H1000" \(did you mean h100\b/);
  });

  test("from a file names its GPUs from the file's folder, and completes its links", () => {
    const folder = writeFiles({ "c.yaml": "nodes:\n  - { gpu: H100, gpus: 2, domain: 1 }\n" });
    const cluster = loadCluster("c.yaml", { from: folder });
    expect(cluster.name).toBe("c");
    expect(cluster.gpus.map(({ domain }) => domain)).toEqual([0, 1]);
    expect(cluster.nodeLink).toEqual(loadCluster("1x1xH100").nodeLink);
  });

  test("from a file is refused with positions", () => {
    const text = "nodes:\n  - { gpu: H1OO, gpus: 2 }\n  - { gpu: A100, gpus: 8 }\n";
    const folder = writeFiles({ "c.yaml": text, "d.yaml": text.replace("H1OO", "H100") });
    expect(errorsOf(() => loadCluster("c.yaml", { from: folder }))).toEqual([
      expect.stringMatching(/^c\.yaml:2:12 nodes\[0\]\.gpu: unknown GPU "H1OO"/),
    ]);
    expect(errorsOf(() => loadCluster("d.yaml", { from: folder }))).toEqual([
      expect.stringMatching(/^d\.yaml:1:1 links: node, network and frontend are needed/),
    ]);
  });
});

test("a cluster file with too many GPUs is refused", () => {
  const folder = writeFiles({ "c.yaml": "nodes: [{ gpu: H100, gpus: 2000000 }]\n" });
  expect(errorsOf(() => loadCluster("c.yaml", { from: folder }))).toEqual([
    "c.yaml:1:8 nodes: 2000000 GPUs are more than the 100000 supported",
  ]);
});

test("the files that were read are recorded with their hashes", () => {
  const inputs: InputFiles = new Map();
  loadCluster("4x8xH100", { inputs });
  loadModel("llama-3.1-8b", { inputs });
  loadModel("llama-3.1-8b", { inputs });
  const own = join(writeFiles({ "m.yaml": "layers: 1\n" }), "m.yaml");
  expect(errorsOf(() => loadModel(own, { inputs }))).not.toEqual([]);
  expect([...inputs.keys()]).toEqual([
    "clusters/gpus/h100-sxm.yaml",
    "clusters/models/llama-3.1-8b.yaml",
  ]);
  for (const { sha256 } of inputs.values()) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

/** What the comments in the workload files claim. */
describe("bundled workloads", () => {
  const executions = 500;
  const statisticsOf = (name: string) => {
    const workflow = loadWorkflow(name);
    const draw = createExecutionSource(workflow, 1, "evaluate");
    const calls = Array.from({ length: executions }, (_, index) =>
      draw(index).steps.filter((step) => step.kind === "call"),
    );
    const tokens = (llm: string) =>
      calls
        .flat()
        .filter((call) => workflow.llms[call.llm]!.name === llm)
        .map(({ promptTokens, outputTokens }) => promptTokens + outputTokens);
    return { counts: calls.map((list) => list.length).sort((a, b) => a - b), tokens };
  };

  test("swe-agent makes about 20 calls of at most 18k tokens", () => {
    const { counts, tokens } = statisticsOf("swe-agent");
    const mean = counts.reduce((sum, count) => sum + count, 0) / executions;
    expect(mean).toBeGreaterThan(18);
    expect(mean).toBeLessThan(23);
    expect(Math.max(...tokens("editor"))).toBeLessThan(18_000);
  });

  test("swe-agent-single stays within its model's context limit", () => {
    const { tokens } = statisticsOf("swe-agent-single");
    expect(Math.max(...tokens("agent"))).toBeLessThanOrEqual(32_768);
  });

  test("beam-search spans 24 to 844 generator calls", () => {
    const { counts } = statisticsOf("beam-search");
    // Half of the calls are the verifier's.
    expect(counts[Math.floor(executions * 0.01)]! / 2).toBeGreaterThanOrEqual(20);
    expect(counts[Math.floor(executions * 0.99)]! / 2).toBeLessThanOrEqual(900);
    expect(counts[executions / 2]! / 2 / 12).toBeCloseTo(10, -1);
  });

  test("rag-reranker goes round again in a quarter of its executions", () => {
    const { counts } = statisticsOf("rag-reranker");
    const again = counts.filter((count) => count === 43).length / executions;
    expect(again).toBeGreaterThan(0.19);
    expect(again).toBeLessThan(0.31);
  });
});
