/**
 * The steady state of a deployment at a rate. How busy replicas are decides how much they slow one
 * another down and which contexts are evicted, and both decide how busy they are: found by
 * substitution. Stretched time only changes the unit of time of a queue, so a replica that is
 * stretched by s at λ calls per second is what its profile shows at s·λ, s times as slow.
 */

import { max, mean, min } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { type GpuUse, HIGHEST_LOAD, maxCallRate, profileAt } from "../llm/profile-table.ts";
import type { Corrections } from "./corrections.ts";
import { memoryPressure } from "./memory-pressure.ts";
import { callRate, type PredictionProblem } from "./prediction.ts";
import { AT_REST, callTimes, type GroupState, groupStates } from "./replica-state.ts";
import { expectedStretches } from "./shared-gpus.ts";
import type { WorkflowStatistics } from "./trace-statistics.ts";
import { findWaves } from "./waves.ts";

/** Substitutions at most, and the change of stretches and missed tokens at which they end. */
const SUBSTITUTIONS = 10;
const SETTLED = 1e-3;

/** Halvings of the interval around the peak. */
const BISECTIONS = 9;

/** A deployment that serves workflows. */
export class SteadyState {
  readonly groups: readonly GroupState[];
  readonly #problem: PredictionProblem;
  readonly #deployment: Deployment;
  readonly #corrections: Corrections;

  constructor(problem: PredictionProblem, deployment: Deployment, corrections: Corrections) {
    this.#problem = problem;
    this.#deployment = deployment;
    this.#corrections = corrections;
    this.groups = groupStates(problem, deployment, corrections.replicas);
  }

  /** Brings the groups to their state at `factor` times the workflows' rates. */
  settle(factor: number): void {
    for (const state of this.groups) Object.assign(state, AT_REST);
    const uses: (GpuUse | undefined)[] = [];
    for (let step = 0; step < SUBSTITUTIONS; step++) {
      const before = this.groups.map(({ meanStretch, missedTokens }) => meanStretch + missedTokens);
      for (const state of this.groups) {
        this.#readProfile(state, factor);
        for (const replica of state.replicas) uses[replica] = state.point?.use;
      }
      if (this.#corrections.interference) this.#stretch(uses);
      const change = max(this.groups, ({ meanStretch, missedTokens }, index) =>
        Math.abs(meanStretch + missedTokens - before[index]!),
      );
      if (step > 0 && (change ?? 0) < SETTLED) return;
    }
  }

  /**
   * Whether no group is saturated at `factor` times the rates, nor would be once a crowd has
   * evicted contexts: it would never win them back.
   */
  isSustained(factor: number): boolean {
    this.settle(factor);
    if (this.#isOverloaded()) return false;
    const { memory, waves } = this.#corrections;
    if (!waves) return true;
    const { isGrowing, crowding } = findWaves(this.#problem, this.groups);
    if (isGrowing || !memory) return !isGrowing;
    for (const state of this.groups) {
      state.crowding = crowding[state.llm]!;
      this.#applyMemory(state, factor);
    }
    return !this.#isOverloaded();
  }

  /** The largest factor that is sustained, to a five-hundredth; Infinity without calls. */
  peakFactor(): number {
    const bound = min(this.groups, ({ llm, part, capacity }) => {
      const calls = callRate(this.#problem, llm);
      return calls > 0 ? capacity / (calls * part) : undefined;
    });
    if (bound === undefined || this.isSustained(bound)) return bound ?? Number.POSITIVE_INFINITY;
    let low = 0;
    let high = bound;
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = (low + high) / 2;
      if (this.isSustained(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  #isOverloaded(): boolean {
    return this.groups.some(({ load, crowdedLoad }) => load > 1 || crowdedLoad > 1);
  }

  /** What the profile says of a group, and what the planned memory costs. */
  #readProfile(state: GroupState, factor: number): void {
    const { llm, group, part, capacity, replicas } = state;
    const all = factor * callRate(this.#problem, llm);
    if (all === 0) return;
    if (capacity === 0) {
      state.load = Number.POSITIVE_INFINITY;
      return;
    }
    const calls = all * part;
    const again = (calls * state.missedTokens * state.tokenTime) / replicas.length;
    state.load = state.meanStretch * (calls / capacity + again);
    const profile = this.#problem.profiles[llm]!;
    const rate = Math.min(state.load, HIGHEST_LOAD) * maxCallRate(profile, group);
    state.point = profileAt(profile, group, rate);
    if (this.#corrections.memory) this.#applyMemory(state, factor);
  }

  /** What less memory than a group was profiled with costs. */
  #applyMemory(state: GroupState, factor: number): void {
    const { llm, kvTokens, kvTokensProfiled, replicas, part, crowding } = state;
    const calls = factor * callRate(this.#problem, llm) * part;
    const callers = this.#problem.workflows.filter(({ statistics }) => {
      return statistics.llms[llm]!.calls > 0;
    });
    if (callers.length === 0) return;
    const { statistics } = callers[0]!;
    const { firstToken, decode } = callTimes([state]);
    const pressureIn = (tokens: number, gapStretch: number) =>
      memoryPressure(statistics, llm, {
        callRate: calls / replicas.length,
        latency: (firstToken + decode) / part,
        gapStretch,
        kvTokens: tokens,
        crowding,
      });
    const planned = pressureIn(kvTokens, this.#gapStretch(statistics, llm));
    // Profiles keep the gaps of the record.
    const profiled = pressureIn(kvTokensProfiled, 1);
    state.missedTokens = Math.max(0, planned.missedTokens - profiled.missedTokens);
    const crowded = Math.max(0, planned.crowdedTokens - profiled.missedTokens);
    const again = (calls * crowded * state.tokenTime) / replicas.length;
    const busy = state.meanStretch * (calls / state.capacity + again);
    state.crowdedLoad = Math.max(busy, planned.running);
  }

  /** How much longer than recorded the time between two calls of an LLM is. */
  #gapStretch({ llms, toolSeconds }: WorkflowStatistics, llm: number): number {
    let before = toolSeconds;
    let now = toolSeconds;
    llms.forEach(({ calls, callDuration }, other) => {
      if (other === llm || calls === 0) return;
      const { firstToken, decode } = callTimes(this.groups.filter((state) => state.llm === other));
      before += calls * callDuration;
      now += calls * (firstToken + decode || callDuration);
    });
    return before > 0 ? now / before : 1;
  }

  #stretch(uses: readonly (GpuUse | undefined)[]): void {
    const stretches = expectedStretches(this.#deployment, uses);
    for (const state of this.groups) {
      const own = state.replicas.map((replica) => stretches[replica]!);
      const prefill = mean(own, (stretch) => stretch.prefill)!;
      const decode = mean(own, (stretch) => stretch.decode)!;
      state.stretch = { prefill, decode };
      const prefillBusy = state.point?.use?.prefill.busy ?? 0;
      const decodeBusy = state.point?.use?.decode.busy ?? 0;
      const busy = prefillBusy + decodeBusy;
      state.meanStretch = busy > 0 ? (prefillBusy * prefill + decodeBusy * decode) / busy : 1;
    }
  }
}
