/**
 * A simulated replay beside the run that was measured: the errors of latency and TTFT, over all
 * executions and one by one.
 */

import type { ObservedExecution } from "../config/load-trace.ts";
import { toSeconds } from "../engine/ticks.ts";
import type { Request } from "../serving/request.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { finiteOrNull, relativeError } from "./ratios.ts";
import { mean, type SampleSummary, summarize } from "./statistics.ts";

/** How far a replay is from the measured run: (simulated − observed) / observed. */
export interface ReplayError {
  readonly latency_mean: number | null;
  readonly latency_p50: number | null;
  readonly latency_p95: number | null;
  readonly ttft_mean: number | null;
  /** Mean size of the error of one execution's latency, one call's duration, one call's TTFT. */
  readonly execution_mape: number | null;
  readonly call_mape: number | null;
  readonly ttft_mape: number | null;
}

/** Gathers simulated executions and calls with what was observed of them. */
export class ObservedComparison {
  readonly #observedOf: (execution: number) => ObservedExecution;
  /** Of the executions under way. */
  readonly #observed = new Map<number, ObservedExecution>();
  /** Of the measured executions, completed or not. */
  readonly #observedLatencies: { readonly index: number; readonly latency: number }[] = [];
  readonly #latencies = new Pairs();
  readonly #durations = new Pairs();
  readonly #ttfts = new Pairs();

  constructor(observedOf: (execution: number) => ObservedExecution) {
    this.#observedOf = observedOf;
  }

  /** Records a call that ended. */
  addCall({ drawn }: RunningExecution, step: number, request: Request): void {
    if (request.status !== "completed") return;
    const observed = this.#observedExecution(drawn.index).calls[step];
    if (observed === undefined) return;
    const { submitTime, firstTokenTime, endTime } = request;
    this.#durations.add(toSeconds(endTime - submitTime), observed.duration);
    this.#ttfts.add(toSeconds(firstTokenTime - submitTime), observed.ttft);
  }

  /** Records an execution that ended, or was cut off. */
  addExecution({ drawn, arrivalTime, endTime, status }: RunningExecution): void {
    const { index } = drawn;
    const { latency } = this.#observedExecution(index);
    this.#observed.delete(index);
    this.#observedLatencies.push({ index, latency });
    if (status === "completed") this.#latencies.add(toSeconds(endTime - arrivalTime), latency);
  }

  /** The latency that was observed, of executions in order of arrival. */
  observedLatency(): SampleSummary {
    const ordered = this.#observedLatencies.sort((a, b) => a.index - b.index);
    return summarize(ordered.map(({ latency }) => latency));
  }

  #observedExecution(index: number): ObservedExecution {
    let observed = this.#observed.get(index);
    if (observed === undefined) {
      observed = this.#observedOf(index);
      this.#observed.set(index, observed);
    }
    return observed;
  }

  /** The latencies of completed executions, in seconds. */
  latencyPairs(): ObservedPair[] {
    return this.#latencies.all();
  }

  /** The errors, given the summary of simulated latencies. */
  errors(simulated: SampleSummary): ReplayError {
    const observed = this.observedLatency();
    return {
      latency_mean: relativeError(simulated.mean, observed.mean),
      latency_p50: relativeError(simulated.p50, observed.p50),
      latency_p95: relativeError(simulated.p95, observed.p95),
      ttft_mean: this.#ttfts.meanError(),
      execution_mape: this.#latencies.meanSize(),
      call_mape: this.#durations.meanSize(),
      ttft_mape: this.#ttfts.meanSize(),
    };
  }
}

/** A simulated value beside the observed one. */
export interface ObservedPair {
  readonly measured: number;
  readonly simulated: number;
}

/** Simulated values, each with the observed one. */
class Pairs {
  readonly #simulated: number[] = [];
  readonly #observed: number[] = [];

  add(simulated: number, observed: number): void {
    this.#simulated.push(simulated);
    this.#observed.push(observed);
  }

  all(): ObservedPair[] {
    return this.#simulated.map((simulated, index) => {
      return { simulated, measured: this.#observed[index]! };
    });
  }

  /** The error of the mean; null without pairs. */
  meanError(): number | null {
    const simulated = finiteOrNull(mean(this.#simulated));
    return relativeError(simulated, finiteOrNull(mean(this.#observed)));
  }

  /** The mean size of the error of a pair, over those with an observed value above zero. */
  meanSize(): number | null {
    const sizes: number[] = [];
    this.#observed.forEach((observed, index) => {
      if (observed > 0) sizes.push(Math.abs(this.#simulated[index]! - observed) / observed);
    });
    return finiteOrNull(mean(sizes));
  }
}
