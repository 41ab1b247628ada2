/**
 * Runs the requests of a Vidur run through the serving layer, with Vidur's iteration times, and
 * compares when each request started, got its first token and completed. Two simulators written
 * apart agree only if batching, chunking and the order of everything are the same.
 */

import { loadCluster } from "../../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine } from "../../config/load-model.ts";
import type { VidurRequest, VidurRun, VidurSettings } from "../../config/load-vidur.ts";
import type { Deployment } from "../../deployment/plan.ts";
import { toSeconds } from "../../engine/ticks.ts";
import { noSlowdown } from "../../hardware/interference.ts";
import type { Engine } from "../../llm/engine.ts";
import { kvBytesPerToken, type ModelShape } from "../../llm/model.ts";
import type { Request } from "../../serving/request.ts";
import type { DrawnExecution } from "../../workflow/drawn-execution.ts";
import { simulate } from "../simulate.ts";
import { vidurIterationTime } from "./vidur-time.ts";

/** Seconds that no instant may differ by. */
const LIMIT = 1e-7;

/** Seconds beyond Vidur's last completion after which the run is given up. */
const DRAIN = 3600;

/** The document of `validate vidur --json`. */
export interface VidurComparison {
  readonly model: string;
  readonly requests: number;
  /** Of all requests and instants; null if not every request completed. */
  readonly max_abs_difference_seconds: number | null;
  readonly limit_seconds: number;
  /** Of the requests that completed; null without any. */
  readonly differences: Readonly<Record<Instant, LargestDifference | null>>;
  readonly completed: number;
  /** Preemptions of all requests. */
  readonly restarts: BothCounts;
  readonly iterations: BothCounts;
  readonly events: number;
  readonly wall_seconds: number;
}

/** An instant of a request. */
export type Instant = "started" | "first_token" | "completed";

/** Where an instant differs most. */
export interface LargestDifference {
  readonly request_id: number;
  /** Simulated less Vidur's. */
  readonly difference_seconds: number;
}

/** A count by both simulators; null where Vidur's summary does not say. */
interface BothCounts {
  readonly simulated: number;
  readonly vidur: number | null;
}

/** Compares a run; `isStepwise` makes every iteration an event. */
export function compareWithVidur(run: VidurRun, isStepwise: boolean): VidurComparison {
  const startedAt = performance.now();
  const { settings, requests } = run;
  const differences: VidurDifferences = { started: null, first_token: null, completed: null };
  let [completed, iterations, preemptions] = [0, 0, 0];
  const { events } = simulate({
    deployment: oneReplica(settings),
    slowdownModel: noSlowdown,
    iterationTime: () => vidurIterationTime(run),
    source: (index) => oneCall(requests[index]!, index),
    arrivals: {
      kind: "recorded",
      times: requests.map(({ arrival }) => arrival),
      drain: DRAIN + requests.reduce((last, { completion }) => Math.max(last, completion), 0),
    },
    isStepwise,
    observer: {
      onCallEnd: ({ drawn }, _step, request) => {
        preemptions += request.preemptions;
        if (request.status !== "completed") return;
        completed++;
        addDifferences(differences, request, requests[drawn.index]!);
      },
      onExecutionEnd: () => {},
      onSpan: (span) => {
        iterations += span.iterations;
      },
    },
  });
  const sizes = Object.values(differences).map((largest) =>
    Math.abs(largest?.difference_seconds ?? 0),
  );
  const restarts = requests.reduce((sum, request) => sum + request.restarts, 0);
  return {
    model: settings.model,
    requests: requests.length,
    max_abs_difference_seconds: completed === requests.length ? Math.max(...sizes) : null,
    limit_seconds: LIMIT,
    differences,
    completed,
    restarts: { simulated: preemptions, vidur: restarts },
    iterations: { simulated: iterations, vidur: settings.iterations ?? null },
    events,
    wall_seconds: (performance.now() - startedAt) / 1000,
  };
}

/** What is wrong with a comparison, a line each; nothing if it passes. */
export function vidurFindings(comparison: VidurComparison): string[] {
  const { requests, completed, max_abs_difference_seconds: difference } = comparison;
  if (difference === null) {
    return [`${requests - completed} of ${requests} requests did not complete`];
  }
  // Written this way round so that NaN fails.
  if (difference < LIMIT) return [];
  return [`the largest difference is ${difference.toExponential(2)} s, not below ${LIMIT} s`];
}

type VidurDifferences = Record<Instant, LargestDifference | null>;

function addDifferences(
  differences: VidurDifferences,
  { startTime, firstTokenTime, finishTime }: Request,
  expected: VidurRequest,
): void {
  const add = (instant: Instant, ticks: number, seconds: number) => {
    const difference = toSeconds(ticks) - seconds;
    const known = differences[instant];
    if (known !== null && Math.abs(difference) <= Math.abs(known.difference_seconds)) return;
    differences[instant] = { request_id: expected.id, difference_seconds: difference };
  };
  add("started", startTime, expected.start);
  add("first_token", firstTokenTime, expected.firstToken);
  add("completed", finishTime, expected.completion);
}

/** One replica with as many KV blocks as Vidur's, no distance away from its clients. */
function oneReplica(settings: VidurSettings): Deployment {
  const { tp, blocks, blockSize } = settings;
  // Which GPUs does not matter: memory is the instance's, and times are Vidur's.
  const cluster = loadCluster(`1x${tp}xA100`);
  const frontendLink = { latency: 0, bandwidth: Number.POSITIVE_INFINITY };
  const model = shapeOf(settings);
  const memory = blocks * blockSize * kvBytesPerToken(model, tp);
  const llm = { name: model.name, model, engine: engineOf(settings) };
  return {
    cluster: { ...cluster, frontendLink },
    llms: [{ ...llm, instances: [{ gpus: cluster.gpus, share: 1, memory }] }],
  };
}

function engineOf(settings: VidurSettings): Engine {
  return {
    ...loadEngine(DEFAULT_ENGINE),
    requestOverhead: 0,
    name: "vidur",
    policy: "sarathi",
    maxNumSeqs: settings.maxNumSeqs,
    maxNumBatchedTokens: settings.chunkSize,
    blockSize: settings.blockSize,
    watermark: settings.watermark,
    hasPrefixCache: false,
  };
}

/** A model without weights: only the KV blocks take memory, and iterations are not computed. */
function shapeOf({ model, layers, tp }: VidurSettings): ModelShape {
  return {
    name: model,
    huggingFace: model,
    layers,
    hidden: 0,
    heads: tp,
    kvHeads: tp,
    headDim: 1,
    ffn: 0,
    vocabulary: 0,
    tiedEmbeddings: true,
    weightType: "bf16",
    contextLimit: Number.POSITIVE_INFINITY,
  };
}

function oneCall({ promptTokens, outputTokens }: VidurRequest, index: number): DrawnExecution {
  const step = {
    kind: "call",
    llm: 0,
    role: "",
    promptTokens,
    outputTokens,
    conversation: -1,
    retainTokens: 0,
    predecessorCount: 0,
    successors: [],
  } as const;
  return { index, steps: [{ ...step, successors: [] }], hash: "" };
}
