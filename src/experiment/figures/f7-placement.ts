/** F7: what hierarchical placement wins over first fit, on instances drawn at random. */

import { fragmentation } from "../../deployment/fragmentation.ts";
import { randomStream } from "../../engine/random-streams.ts";
import { supportsTp } from "../../llm/model.ts";
import { placeFirstFit } from "../../planner/first-fit.ts";
import { type PlacementRequest, place } from "../../planner/placement.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { type ComputeFigure, modelsOf, SEED } from "./figure.ts";

const METHODS = { hierarchical: place, "first fit": placeFirstFit };
const FILLS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const DEGREES = [1, 2, 4];
const SHARES = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 1];
const KV_TOKENS = 20_000;

/** Computes F7. */
export const computePlacement: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const { problem } = workloads[0]!;
  const draws = context.pick(400, 60);
  const rows = FILLS.flatMap((fill) => rowsAt(problem, fill, draws));
  return {
    title: "F7  Placement: hierarchical against first fit",
    caption:
      `${draws} random sets of instances a point on ${context.clusterName}: TP 1, 2 or 4, shares ` +
      `of 1/8 to 1, ${KV_TOKENS.toLocaleString("en-US")} tokens of KV cache each, until so much ` +
      "of all GPUs is asked for. Placed: sets that the placement finds room for. Stranded: free " +
      "share of GPUs in use where none of the instances would fit, over sets that both place. " +
      `Models: ${modelsOf(workloads.slice(0, 1))}.`,
    rows,
  };
};

function rowsAt(problem: PlanningProblem, fill: number, draws: number): FigureRow[] {
  const { cluster, llms } = problem;
  const kvTokens = llms.map(() => KV_TOKENS);
  const counts = Object.keys(METHODS).map((method) => {
    return { method, placed: 0, stranded: 0, gpus: 0, crossing: 0 };
  });
  let both = 0;
  for (let draw = 0; draw < draws; draw++) {
    const requests = drawRequests(problem, fill, draw);
    const plans = Object.values(METHODS).map((method) => method(cluster, llms, requests));
    const isBoth = plans.every((plan) => plan !== undefined);
    if (isBoth) both++;
    for (const [index, plan] of plans.entries()) {
      if (plan !== undefined) counts[index]!.placed++;
      if (plan === undefined || !isBoth) continue;
      const { strandedShare, gpusUsed, tpGroupsCrossingDomains } = fragmentation(plan, kvTokens);
      counts[index]!.stranded += strandedShare;
      counts[index]!.gpus += gpusUsed;
      counts[index]!.crossing += tpGroupsCrossingDomains;
    }
  }
  return counts.map(({ method, placed, stranded, gpus, crossing }) => ({
    method,
    fill,
    placed: placed / draws,
    stranded_share: both === 0 ? null : stranded / both,
    gpus_used: both === 0 ? null : gpus / both,
    tp_groups_crossing: both === 0 ? null : crossing / both,
  }));
}

/** Instances of all LLMs, in the order of the LLMs, that ask for a part of the cluster. */
function drawRequests({ cluster, llms }: PlanningProblem, fill: number, draw: number) {
  const random = randomStream(SEED, `figures/placement/${fill}/${draw}`);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const requests: PlacementRequest[][] = llms.map(() => []);
  let left = fill * cluster.gpus.length;
  for (let turn = 0; left > 0.1; turn++) {
    const llm = turn % llms.length;
    const tp = pick(DEGREES.filter((degree) => supportsTp(llms[llm]!.model, degree)));
    const share = pick(SHARES);
    const fits = tp * share <= left;
    const size = fits
      ? { tp, share }
      : { tp: 1, share: Math.max(0.125, Math.floor(8 * Math.min(1, left)) / 8) };
    left -= size.tp * size.share;
    requests[llm]!.push({ ...size, replicas: 1, kvTokens: KV_TOKENS });
  }
  return requests;
}
