/**
 * The table `predictions`: the latency that each predictor expects of each LLM over a range of
 * rates, for the figures that lay a prediction beside the simulation.
 */

import { toArrowParts } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column } from "./columns.ts";

/** Collects predictions and writes them. */
export class PredictionsTable {
  readonly #predictor = new DictionaryColumn();
  readonly #llm = new DictionaryColumn();
  readonly #n = new Float64Column();
  readonly #p = new Float64Column();
  readonly #rate = new Float64Column();
  readonly #latency = new Float64Column({ nullable: true });

  get rowCount(): number {
    return this.#predictor.length;
  }

  append(row: PredictionRow): void {
    this.#predictor.append(row.predictor);
    this.#llm.append(row.llm);
    this.#n.append(row.n);
    this.#p.append(row.p);
    this.#rate.append(row.rate);
    this.#latency.append(row.latency ?? Number.NaN);
  }

  toArrow(): Promise<Uint8Array[]> {
    return toArrowParts({
      predictor: this.#predictor,
      llm: this.#llm,
      n: this.#n,
      p: this.#p,
      rate_per_second: this.#rate,
      latency_seconds: this.#latency,
    });
  }
}

/** One point of a predictor's curve. */
export interface PredictionRow {
  readonly predictor: string;
  readonly llm: string;
  /** Mean calls of the LLM per workflow execution. */
  readonly n: number;
  /** Mean parallelism of those calls. */
  readonly p: number;
  /** Executions per second. */
  readonly rate: number;
  /** Seconds; null when there is none, as the LLM cannot serve that rate. */
  readonly latency: number | null;
}
