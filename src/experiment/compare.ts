/**
 * Several planners on one workload: the peak throughput of each by simulation, and its latency
 * over rates. At each rate a planner is judged with its plan for that rate. All planners see the
 * same executions at the same times, replication by replication, so that ratios are paired.
 */

import type { Deployment } from "../deployment/plan.ts";
import type { Gpu } from "../hardware/cluster.ts";
import type { Planner } from "../planner/planner.ts";
import { type ComparisonDocument, comparisonDocument } from "./compare-document.ts";
import { type Judged, loadRates, meanPeak } from "./compare-ratios.ts";
import { findPeak } from "./peak.ts";
import { type OnProgress, planPrepared } from "./planning.ts";
import { PlansByRate } from "./plans-by-rate.ts";
import { prepare, type Workload } from "./preparation.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** A comparison asked for. */
export interface CompareRequest extends Workload {
  /** Of different names. */
  readonly planners: readonly Planner[];
  /** Executions per second at which there are points, besides those that the ratios need. */
  readonly rates: readonly number[];
  /** Each with executions of its own, under a seed of its own from `seed` on. */
  readonly replications: number;
}

/** How trials are run, maybe several at a time, and who is told how far they are. */
export interface CompareMeans {
  readonly runTrial: (trial: Trial) => Promise<TrialResult>;
  readonly onProgress: OnProgress;
}

/** Compares planners. */
export async function compare(
  request: CompareRequest,
  { runTrial, onProgress }: CompareMeans,
): Promise<ComparisonDocument> {
  const subjects = request.planners.length;
  const preparing = (stage: string, done: number) => onProgress(stage, 0.05 * done);
  const candidates = await createCandidates(request, preparing);
  const judge = new Judge(request, runTrial);
  const searched = countDone(subjects * request.replications, (done) =>
    onProgress("peak throughput", 0.05 + 0.5 * done),
  );
  const withPeaks = await Promise.all(
    candidates.map(async (candidate) => {
      return { ...candidate, peaks: await judge.peaksOf(candidate, searched) };
    }),
  );
  const ratesOf = withPeaks.map((candidate) => {
    const rates = [...loadRates(candidate, withPeaks), ...request.rates];
    return [...new Set(rates)].sort((a, b) => a - b);
  });
  const measured = countDone(ratesOf.flat().length, (done) =>
    onProgress("latency", 0.55 + 0.45 * done),
  );
  const judged = await Promise.all(
    withPeaks.map(async (candidate, index): Promise<Judged> => {
      const isAsked = (rate: number) => request.rates.includes(rate);
      const points = await Promise.all(
        ratesOf[index]!.map(async (rate) => {
          const point = await judge.pointAt(rate, candidate, isAsked(rate));
          measured();
          return point;
        }),
      );
      return { ...candidate, points: points.filter((point) => point !== undefined) };
    }),
  );
  return comparisonDocument(request, judged);
}

/** A planner with its plans, or why it has none. */
interface Candidate {
  readonly name: string;
  readonly plans: PlansByRate | undefined;
  readonly reason: string | null;
  /** Where its peak may be, in executions per second. */
  readonly guess: number;
}

async function createCandidates(
  request: CompareRequest,
  onProgress: OnProgress,
): Promise<Candidate[]> {
  const preparation = await prepare(request, (done, stage) => onProgress(stage, done));
  return request.planners.map((planner) => {
    const { name } = planner;
    const without = (reason: string) => ({ name, plans: undefined, reason, guess: 0 });
    if ("infeasible" in preparation) return without(preparation.infeasible);
    const workload = { ...request, planner };
    const around = planPrepared(workload, preparation).rate ?? 1;
    const plans = new PlansByRate({ workload, preparation, around });
    const plan = plans.at(around);
    if (typeof plan === "string") return without(plan);
    const { predictedPeak } = plan;
    const isUsable = predictedPeak > 0 && Number.isFinite(predictedPeak);
    return { name, plans, reason: null, guess: isUsable ? predictedPeak : around };
  });
}

/** Runs the trials of a comparison. */
class Judge {
  readonly #request: CompareRequest;
  readonly #runTrial: CompareMeans["runTrial"];
  readonly #seeds: readonly number[];
  /** Trials made or under way: planners may agree on a plan. */
  readonly #trials = new Map<string, Promise<TrialResult>>();

  constructor(request: CompareRequest, runTrial: CompareMeans["runTrial"]) {
    this.#request = request;
    this.#runTrial = runTrial;
    this.#seeds = Array.from({ length: request.replications }, (_, index) => request.seed + index);
  }

  /** By replication; the first peak is where the others are looked for. */
  async peaksOf({ plans, guess }: Candidate, onDone: () => void): Promise<(number | null)[]> {
    if (plans === undefined) return this.#seeds.map(() => null);
    const search = async (seed: number, from: number) => {
      const isStableAt = async (rate: number) => (await this.#trial(plans, rate, seed)).isStable;
      const { peak } = await findPeak({ guess: from, isStableAt });
      onDone();
      return peak;
    };
    const [first, ...others] = this.#seeds;
    const peak = await search(first!, guess);
    return [peak, ...(await Promise.all(others.map((seed) => search(seed, peak ?? guess))))];
  }

  /**
   * The trials at a rate; undefined where the planner has no plan for the rate, or, unless the
   * point is asked for, does not sustain it.
   */
  async pointAt(
    rate: number,
    { plans, peaks }: Candidate & { readonly peaks: readonly (number | null)[] },
    isAsked: boolean,
  ): Promise<Judged["points"][number] | undefined> {
    const plan = plans?.at(rate);
    if (plans === undefined || plan === undefined || typeof plan === "string") return undefined;
    const isSustained = rate <= (meanPeak(peaks) ?? 0);
    if (!isSustained && !(isAsked && plan.plannedRate === rate)) return undefined;
    const results = await Promise.all(this.#seeds.map((seed) => this.#trial(plans, rate, seed)));
    return { rate, plannedRate: plan.plannedRate, results };
  }

  #trial(plans: PlansByRate, rate: number, seed: number): Promise<TrialResult> {
    const plan = plans.at(rate);
    if (typeof plan === "string") throw new Error(`no plan for ${rate}/s: ${plan}`);
    const { workflow } = this.#request;
    const { deployment } = plan;
    const key = `${rate} ${seed} ${deploymentKey(deployment)}`;
    const trial = this.#trials.get(key) ?? this.#runTrial({ workflow, deployment, rate, seed });
    this.#trials.set(key, trial);
    return trial;
  }
}

/** The same text for the same plan on the same cluster. */
export function deploymentKey({ cluster: _, ...plan }: Deployment): string {
  return JSON.stringify(plan, (key, value) =>
    key === "gpus" ? (value as readonly Gpu[]).map(({ id }) => id) : value,
  );
}

/** Counts what is done of `total` things. */
function countDone(total: number, onDone: (part: number) => void): () => void {
  let done = 0;
  return () => onDone(++done / total);
}
