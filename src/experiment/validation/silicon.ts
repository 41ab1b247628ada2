/**
 * Serving points measured on hardware, simulated: a benchmark's client keeps so many requests under
 * way on one replica, and reports mean TTFT and TPOT. What it does at the start decides the TTFT:
 *
 *   - all clients send their first request at once, then each its next when its last has ended;
 *   - there are 10 requests for each client, and all of them count, also those of the start.
 *
 * Time to tokenise and to send is left out, and so are chat templates around the prompt.
 */

import { mean } from "d3-array";
import type { SiliconPoint, SiliconTimes } from "../../config/load-silicon.ts";
import { randomStream } from "../../engine/random-streams.ts";
import { toSeconds } from "../../engine/ticks.ts";
import { assert } from "../../errors.ts";
import type { Request } from "../../serving/request.ts";
import type { ExecutionSource } from "../../workflow/draw.ts";
import { simulate } from "../simulate.ts";

/** Requests for each client, of aiconfigurator's benchmark (`--request-count`) and InferenceMAX. */
const REQUESTS_PER_CLIENT = 10;

const SEED = 1;

/** The document of `validate silicon --json`; errors are (simulated − measured) / measured. */
export interface SiliconComparison extends SiliconErrors {
  readonly rows: SiliconRows;
  readonly groups: readonly SiliconGroup[];
  readonly points: readonly ComparedPoint[];
  readonly wall_seconds: number;
}

/** Which rows of a file, numbered from 0. */
export type SiliconRows = "even" | "odd" | "all";

/** Mean sizes of relative errors. */
interface SiliconErrors {
  readonly n: number;
  readonly latency_mape: number;
  readonly tpot_mape: number;
  readonly ttft_mape: number;
}

/** What the points of a group have in common. */
interface GroupKey {
  readonly system: string;
  readonly model: string;
  readonly backend: string;
  readonly tp: number;
  readonly precision: string;
}

/** The errors of one group. */
export interface SiliconGroup extends GroupKey, SiliconErrors {}

/** One point, simulated and measured. */
export interface ComparedPoint extends GroupKey {
  readonly row: number;
  readonly isl: number;
  readonly osl: number;
  readonly concurrency: number;
  readonly simulated: PointTimes;
  readonly measured: PointTimes;
}

interface PointTimes {
  /** TTFT + (osl − 1) · TPOT. */
  readonly latency_seconds: number;
  readonly ttft_seconds: number;
  readonly tpot_seconds: number;
}

/** The points of `rows`. */
export function selectRows(points: readonly SiliconPoint[], rows: SiliconRows): SiliconPoint[] {
  return points.filter(({ row }) => rows === "all" || row % 2 === (rows === "even" ? 0 : 1));
}

/** Simulates at least one point each and compares; `onProgress` gets the part that is done. */
export function compareWithSilicon(
  points: readonly SiliconPoint[],
  rows: SiliconRows,
  onProgress: (done: number) => void,
): SiliconComparison {
  const startedAt = performance.now();
  const compared = points.map((point, index) => {
    onProgress(index / points.length);
    return comparePoint(point);
  });
  onProgress(1);
  return {
    rows,
    ...errorsOf(compared),
    groups: groupsOf(compared),
    points: compared,
    wall_seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Mean TTFT and TPOT that the point's client would report. */
export function simulatePoint(point: SiliconPoint): SiliconTimes {
  const { deployment, concurrency } = point;
  const requests = REQUESTS_PER_CLIENT * concurrency;
  let [completed, ttft, tpot] = [0, 0, 0];
  simulate({
    deployment,
    source: requestsOf(point),
    arrivals: { kind: "closed", users: concurrency, limit: { executions: requests } },
    observer: {
      onCallEnd: (_execution, _step, request: Request) => {
        if (request.status !== "completed") return;
        completed++;
        ttft += toSeconds(request.firstTokenTime - request.submitTime);
        tpot += toSeconds(request.endTime - request.firstTokenTime) / (request.outputTokens - 1);
      },
      onExecutionEnd: () => {},
    },
    isStreaming: true,
  });
  assert(completed === requests, `${requests - completed} requests of row ${point.row} failed`);
  return { ttft: ttft / completed, tpot: tpot / completed };
}

/** Requests of one call each, their lengths uniform from the shortest to the longest. */
function requestsOf(point: SiliconPoint): ExecutionSource {
  const lengths = (name: string, longest: number, least: number) => {
    const draw = randomStream(SEED, `silicon/${point.row}/${name}`);
    const shortest = Math.max(least, Math.floor(point.shortest * longest));
    return () => shortest + Math.floor(draw() * (longest - shortest + 1));
  };
  const promptTokens = lengths("prompt", point.promptTokens, 1);
  const outputTokens = lengths("output", point.outputTokens, 2);
  return (index) => ({
    index,
    hash: "",
    steps: [
      {
        kind: "call",
        llm: 0,
        role: "",
        promptTokens: promptTokens(),
        outputTokens: outputTokens(),
        conversation: -1,
        retainTokens: 0,
        predecessorCount: 0,
        successors: [],
      },
    ],
  });
}

function comparePoint(point: SiliconPoint): ComparedPoint {
  const { row, system, model, backend, tp, precision, outputTokens: osl } = point;
  return {
    row,
    system,
    model,
    backend,
    tp,
    precision,
    isl: point.promptTokens,
    osl,
    concurrency: point.concurrency,
    simulated: withLatency(simulatePoint(point), osl),
    measured: withLatency(point.measured, osl),
  };
}

function withLatency({ ttft, tpot }: SiliconTimes, osl: number): PointTimes {
  return { latency_seconds: ttft + (osl - 1) * tpot, ttft_seconds: ttft, tpot_seconds: tpot };
}

function groupsOf(points: readonly ComparedPoint[]): SiliconGroup[] {
  const members = new Map<string, ComparedPoint[]>();
  for (const point of points) {
    const { system, model, backend, tp, precision } = point;
    const key = JSON.stringify([system, model, backend, tp, precision]);
    const known = members.get(key);
    if (known === undefined) members.set(key, [point]);
    else known.push(point);
  }
  return [...members.values()].map((group) => {
    const { system, model, backend, tp, precision } = group[0]!;
    return { system, model, backend, tp, precision, ...errorsOf(group) };
  });
}

function errorsOf(points: readonly ComparedPoint[]): SiliconErrors {
  const mape = (name: keyof PointTimes) =>
    mean(points, ({ simulated, measured }) => Math.abs(simulated[name] / measured[name] - 1))!;
  return {
    n: points.length,
    latency_mape: mape("latency_seconds"),
    tpot_mape: mape("tpot_seconds"),
    ttft_mape: mape("ttft_seconds"),
  };
}
