/**
 * The vLLM servers of a plan: one for each instance, with the command line that makes vLLM behave
 * as the plan's engine says. The KV cache is given in bytes, since what a GPU's other tenants do
 * while a server starts would disturb vLLM's own measurement. Instances across nodes, engines
 * other than vLLM and instances that take turns on a GPU are refused.
 */

import { UserError } from "../errors.ts";
import { type Gpu, spannedLevel } from "../hardware/cluster.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import { kvBytesByReplica, tenantWeights } from "./memory.ts";
import { type DeployedLlm, type Deployment, type Instance, isPool } from "./plan.ts";

/** The port on which a server listens in its container. */
export const SERVER_PORT = 8000;

/** Where the MPS daemon and its clients have their pipes: CUDA's default. */
export const MPS_PIPES = "/tmp/nvidia-mps";

/** One server. */
export interface VllmServer {
  /** Of the LLM and of the server: words of lower-case letters, digits and hyphens. */
  readonly service: string;
  readonly name: string;
  readonly llm: DeployedLlm;
  readonly instance: Instance;
  /** Id of its node, and its GPUs' places on it. */
  readonly node: string;
  readonly devices: readonly number[];
  readonly image: string;
  /** Of `vllm serve`. */
  readonly arguments: readonly string[];
  /** Of CUDA, beside what says which GPUs it sees. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The servers of `deployment`, LLM by LLM. */
export function vllmServers(deployment: Deployment): VllmServer[] {
  if (isPool(deployment)) {
    throw new UserError("instances that take turns with a GPU's memory cannot be written", {
      hint: "choose another --planner than aegaeon",
    });
  }
  const kvBytes = kvBytesByReplica(deployment);
  const services = new Map<string, string>();
  let replica = 0;
  return deployment.llms.flatMap((llm) => {
    const service = hostName(llm.name);
    const other = services.get(service);
    if (other !== undefined) {
      throw new UserError(`${other} and ${llm.name} would both be called ${service}`, {
        hint: "rename one in the workflow and in the plan",
      });
    }
    services.set(service, llm.name);
    const image = imageOf(llm);
    return llm.instances.map((instance, index) => {
      const name = `${service}-${index}`;
      const kv = Math.floor(kvBytes[replica++]!);
      return {
        service,
        name,
        llm,
        instance,
        ...placeOf(deployment, instance, name),
        image,
        arguments: argumentsOf(llm, instance, kv),
        environment: environmentOf(deployment, instance),
      };
    });
  });
}

function argumentsOf(llm: DeployedLlm, instance: Instance, kvBytes: number): string[] {
  const { model, engine } = llm;
  const tp = instance.gpus.length;
  const capacity = Math.min(...instance.gpus.map(({ type }) => type.memory));
  const planned = (tenantWeights({ llm, instance }) + kvBytes) / capacity;
  const tokens = Math.floor(kvBytes / kvBytesPerToken(model, tp));
  // A server does not start where one longest request has no place in the cache.
  const longest = Math.min(model.contextLimit, tokens - (tokens % engine.blockSize));
  const prefix = engine.hasPrefixCache ? "" : "no-";
  return [
    `--model=${model.huggingFace}`,
    `--served-model-name=${llm.name}`,
    `--port=${SERVER_PORT}`,
    `--tensor-parallel-size=${tp}`,
    "--dtype=bfloat16",
    ...(model.weightType === "fp8" ? ["--quantization=fp8"] : []),
    `--max-num-seqs=${engine.maxNumSeqs}`,
    `--max-num-batched-tokens=${engine.maxNumBatchedTokens}`,
    `--max-model-len=${longest}`,
    `--block-size=${engine.blockSize}`,
    `--gpu-memory-utilization=${Math.floor(planned * 1e4) / 1e4}`,
    `--kv-cache-memory-bytes=${kvBytes}`,
    `--${prefix}enable-prefix-caching`,
  ];
}

function environmentOf({ sharing = "mps" }: Deployment, { share }: Instance) {
  if (sharing !== "mps") return {};
  return {
    CUDA_MPS_PIPE_DIRECTORY: MPS_PIPES,
    CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: String(Number((100 * share).toFixed(3))),
  };
}

function placeOf({ cluster }: Deployment, { gpus }: Instance, name: string) {
  if (spannedLevel(gpus) === "network") {
    throw new UserError(`${name}: a TP group on several nodes cannot be written`, {
      hint: "plan TP groups within nodes: a server is one container",
    });
  }
  const { node } = gpus[0]!;
  const first = cluster.gpus.find((gpu: Gpu) => gpu.node === node)!.index;
  return { node: cluster.nodes[node]!.id, devices: gpus.map(({ index }) => index - first) };
}

/** vLLM's image of the version in the engine's name. */
function imageOf({ name, engine }: DeployedLlm): string {
  const [found, version] = /^vllm(?:-(\d+\.\d+))?/.exec(engine.name) ?? [];
  if (found === undefined) {
    throw new UserError(`${name}: the engine ${engine.name} is not vLLM, which alone is written`, {
      hint: "plan with an engine whose name starts with vllm, such as --engine vllm-0.19",
    });
  }
  return `vllm/vllm-openai:${version === undefined ? "latest" : `v${version}.0`}`;
}

/** A name of RFC 1035, with room for a number behind it. */
function hostName(name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const started = /^[a-z]/.test(words) ? words : `llm-${words}`;
  return started.slice(0, 50).replace(/-+$/, "");
}
