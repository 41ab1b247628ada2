/**
 * What `sim plan --emit` writes: valid by the schemas of Kubernetes and Compose, complete with
 * respect to the plan, and refused where it cannot be said.
 */

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { formatObjects } from "../../../src/config/format-objects.ts";
import { composeFile } from "../../../src/deployment/compose.ts";
import { kubernetesObjects } from "../../../src/deployment/kubernetes.ts";
import { kvBytesByReplica, tenantWeights } from "../../../src/deployment/memory.ts";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { vllmServers } from "../../../src/deployment/vllm-server.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

const cluster = testCluster(2, 4);
const gpu = (index: number) => cluster.gpus[index]!;
const engine = { ...testEngine, name: "vllm-0.19" };

/** Several nodes, shares and TP degrees; a name that no host may have. */
const deployment: Deployment = {
  cluster,
  llms: [
    {
      name: "Code_Editor",
      model: { ...testModel, weightType: "fp8" },
      engine,
      instances: [
        { gpus: [gpu(0), gpu(1)], share: 0.6 },
        { gpus: [gpu(4), gpu(5), gpu(6), gpu(7)], share: 1 },
      ],
    },
    {
      name: "reviewer",
      model: testModel,
      engine: { ...engine, hasPrefixCache: false },
      instances: [
        { gpus: [gpu(0)], share: 0.4 },
        { gpus: [gpu(3)], share: 0.125 },
      ],
    },
  ],
};

const onOneNode: Deployment = {
  ...deployment,
  llms: deployment.llms.map((llm) => ({
    ...llm,
    instances: llm.instances.filter(({ gpus }) => gpus[0]!.node === 0),
  })),
};

const fixture = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(fixture("kubernetes/v1.13.json"), "kubernetes");
const definition = (name: string) => ajv.getSchema(`kubernetes#/definitions/io.k8s.api.${name}`)!;
const validators: Record<string, ReturnType<typeof definition>> = {
  Deployment: definition("apps.v1.Deployment"),
  Service: definition("core.v1.Service"),
};
const isCompose = ajv.compile(fixture("compose/compose-spec.json"));

/** Problems of one Kubernetes object. */
function problemsOf(object: { kind: string }): string[] {
  const validate = validators[object.kind]!;
  validate(object);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** As `kubectl` would read it. */
const written = (plan: Deployment) =>
  parseAllDocuments(formatObjects(kubernetesObjects(plan, "swe-agent"), ["A plan"])).map(
    (document) => document.toJS(),
  );

/** A container's environment by name. */
const environmentOf = (object: ReturnType<typeof written>[number]) =>
  Object.fromEntries(
    object.spec.template.spec.containers[0].env.map(
      ({ name, value }: { name: string; value?: string }) => [name, value],
    ),
  );

describe("Kubernetes", () => {
  const objects = written(deployment);
  const workloads = objects.filter(({ kind }) => kind === "Deployment");

  test("objects are valid", () => {
    const ofOneLlm = ["Service", "Deployment", "Deployment"];
    expect(objects.map(({ kind }) => kind)).toEqual([...ofOneLlm, ...ofOneLlm]);
    expect(objects.flatMap(problemsOf)).toEqual([]);
  });

  test("broken objects are refused", () => {
    const [service, workload] = structuredClone(objects);
    workload.spec.replicas = "two";
    workload.spec.template.spec.containers[0].argz = [];
    delete service.spec.ports[0].port;
    expect(problemsOf(workload)).toEqual([
      "/spec/replicas must be integer",
      "/spec/template/spec/containers/0 must NOT have additional properties",
    ]);
    expect(problemsOf(service)).toEqual(["/spec/ports/0 must have required property 'port'"]);
    expect(problemsOf({ kind: "Deployment" })).not.toEqual([]);
  });

  test("have every LLM, share, TP degree, GPU and node of the plan", () => {
    const found = workloads.map((workload) => {
      const { nodeSelector, containers } = workload.spec.template.spec;
      const environment = environmentOf(workload);
      const tp = /--tensor-parallel-size=(\d+)/.exec(containers[0].args.join(" "))![1];
      return [
        workload.metadata.annotations["sim/llm"],
        nodeSelector["kubernetes.io/hostname"],
        environment.NVIDIA_VISIBLE_DEVICES,
        Number(tp),
        environment.CUDA_MPS_ACTIVE_THREAD_PERCENTAGE,
        workload.metadata.annotations["sim/gpus"],
      ];
    });
    expect(found).toEqual([
      ["Code_Editor", "node0", "0,1", 2, "60", "node0/gpu0,node0/gpu1"],
      ["Code_Editor", "node1", "0,1,2,3", 4, "100", [4, 5, 6, 7].map((i) => gpu(i).id).join(",")],
      ["reviewer", "node0", "0", 1, "40", "node0/gpu0"],
      ["reviewer", "node0", "3", 1, "12.5", "node0/gpu3"],
    ]);
  });

  test("a service selects exactly the instances of its LLM", () => {
    const services = objects.filter(({ kind }) => kind === "Service");
    const selected = services.map(({ spec }) =>
      workloads
        .filter(({ spec: { template } }) =>
          Object.entries(spec.selector).every(([k, v]) => template.metadata.labels[k] === v),
        )
        .map(({ metadata }) => metadata.name),
    );
    expect(selected).toEqual([
      ["code-editor-0", "code-editor-1"],
      ["reviewer-0", "reviewer-1"],
    ]);
  });

  test("processes that take turns have neither shares nor pipes of MPS", () => {
    const [, workload] = written({ ...deployment, sharing: "time-slicing" });
    expect(JSON.stringify(workload)).not.toMatch(/mps/i);
    expect(problemsOf(workload)).toEqual([]);
  });
});

describe("vLLM", () => {
  const servers = vllmServers(deployment);

  test("has the planned memory", () => {
    const kv = kvBytesByReplica(deployment);
    deployment.llms
      .flatMap((llm) => llm.instances.map((instance) => ({ llm, instance })))
      .forEach((tenant, replica) => {
        const text = servers[replica]!.arguments.join(" ");
        const value = (flag: string) => Number(new RegExp(`--${flag}=(\\S+)`).exec(text)![1]);
        const memory = tenant.instance.gpus[0]!.type.memory;
        const planned = tenantWeights(tenant) + kv[replica]!;
        expect(value("kv-cache-memory-bytes")).toBe(Math.floor(kv[replica]!));
        expect(value("gpu-memory-utilization")).toBeLessThanOrEqual(planned / memory);
        expect(value("gpu-memory-utilization")).toBeGreaterThan(planned / memory - 1e-4);
      });
  });

  test("has the engine's limits and the model", () => {
    const [editor, , reviewer] = servers;
    expect(editor!.image).toBe("vllm/vllm-openai:v0.19.0");
    for (const expected of [
      "--model=test/test-8b",
      "--served-model-name=Code_Editor",
      "--max-num-seqs=256",
      "--max-num-batched-tokens=8192",
      "--max-model-len=131072",
      "--quantization=fp8",
      "--enable-prefix-caching",
    ]) {
      expect(editor!.arguments).toContain(expected);
    }
    expect(reviewer!.arguments).toContain("--no-enable-prefix-caching");
    expect(reviewer!.arguments.join(" ")).not.toContain("quantization");
  });

  test("accepts no longer request than its cache holds", () => {
    const instances = [{ gpus: [gpu(0)], share: 1, memory: 20e9 }];
    const [llm] = deployment.llms.slice(1);
    const [server] = vllmServers({ cluster, llms: [{ ...llm!, instances }] });
    const length = Number(/--max-model-len=(\d+)/.exec(server!.arguments.join(" "))![1]);
    // 20 GB less 16.06 GB of weights, at 131072 bytes a token.
    expect(length).toBe(30048);
  });

  test.each([
    ["other engines", { engine: { ...engine, name: "sglang" } }, /sglang is not vLLM/],
    ["names that clash", { name: "REVIEWER" }, /REVIEWER and reviewer would both/],
    [
      "TP groups across nodes",
      { instances: [{ gpus: [gpu(3), gpu(4)], share: 1 }] },
      /code-editor-0: a TP group on several nodes/,
    ],
  ])("refuses %s", (_, change, message) => {
    const [first, ...others] = deployment.llms;
    const plan = { ...deployment, llms: [{ ...first!, ...change }, ...others] };
    expect(() => vllmServers(plan)).toThrow(message);
  });

  test("refuses instances that take turns, whose memories together exceed the GPU's", () => {
    const control = { kind: "aegaeon", quantum: 4, affinity: 0 } as const;
    expect(() => vllmServers({ ...deployment, control })).toThrow(
      /take turns .* cannot be written/,
    );
  });
});

describe("Compose", () => {
  const file = parse(formatObjects([composeFile(onOneNode)], ["A plan"]));

  test("is valid, and refused when broken", () => {
    expect(isCompose(file), JSON.stringify(isCompose.errors)).toBe(true);
    expect(isCompose({ ...file, services: { a: { comand: [] } } })).toBe(false);
  });

  test("has a service for each instance, its GPUs and share, and the daemon", () => {
    const { "mps-daemon": daemon, ...services } = file.services;
    expect(daemon.entrypoint).toEqual(["nvidia-cuda-mps-control", "-f"]);
    const found = Object.entries<typeof daemon>(services).map(([name, service]) => [
      name,
      service.deploy.resources.reservations.devices[0].device_ids.join(","),
      service.environment.CUDA_MPS_ACTIVE_THREAD_PERCENTAGE,
      service.ports[0],
    ]);
    expect(found).toEqual([
      ["code-editor-0", "0,1", "60", "8000:8000"],
      ["reviewer-0", "0", "40", "8001:8000"],
      ["reviewer-1", "3", "12.5", "8002:8000"],
    ]);
  });

  test("is refused for several nodes", () => {
    expect(() => composeFile(deployment)).toThrow(/node0, node1; Compose serves one/);
  });
});
