/**
 * The table `executions`: one row a workflow execution. `draw_hash` covers everything that was
 * drawn for it, so two runs can be shown to have simulated the same work.
 */

import type { EndStatus } from "../serving/request.ts";
import { toArrowParts } from "./arrow-file.ts";
import { DictionaryColumn, Int32Column, TextColumn, TimeColumn } from "./columns.ts";
import { RowBuffer } from "./row-buffer.ts";

/** Collects the executions of a run and writes them. */
export class ExecutionsTable {
  readonly #execution = new Int32Column();
  readonly #workflow = new DictionaryColumn();
  readonly #arrivalTime = new TimeColumn();
  readonly #endTime = new TimeColumn({ nullable: true });
  readonly #latency = new TimeColumn({ nullable: true });
  readonly #status = new DictionaryColumn();
  readonly #drawHash = new TextColumn();
  readonly #lastStep = new Int32Column({ nullable: true });

  /** All but the hashes, in the order in which `append` gives their values. */
  readonly #rows = new RowBuffer([
    this.#execution,
    this.#workflow,
    this.#arrivalTime,
    this.#endTime,
    this.#latency,
    this.#status,
    this.#lastStep,
  ]);

  get rowCount(): number {
    return this.#rows.length;
  }

  append(row: ExecutionRow): void {
    const start = this.#rows.begin();
    const { cells } = this.#rows;
    cells[start] = row.execution;
    cells[start + 1] = this.#workflow.codeOf(row.workflow);
    cells[start + 2] = row.arrivalTime;
    cells[start + 3] = row.endTime;
    cells[start + 4] = row.latency;
    cells[start + 5] = this.#status.codeOf(row.status);
    cells[start + 6] = row.lastStep;
    this.#drawHash.append(row.drawHash);
  }

  toArrow(): Promise<Uint8Array[]> {
    this.#rows.flush();
    return toArrowParts({
      execution: this.#execution,
      workflow: this.#workflow,
      arrival_seconds: this.#arrivalTime,
      end_seconds: this.#endTime,
      latency_seconds: this.#latency,
      status: this.#status,
      draw_hash: this.#drawHash,
      last_step: this.#lastStep,
    });
  }
}

/** How an execution went. Times are in ticks. */
export interface ExecutionRow {
  readonly execution: number;
  /** Name of the workflow. */
  readonly workflow: string;
  readonly arrivalTime: number;
  /** -1 when it did not end. */
  readonly endTime: number;
  /** -1 when it has none, as it did not complete. */
  readonly latency: number;
  /** An execution ends in the same ways as a call. */
  readonly status: EndStatus;
  readonly drawHash: string;
  /** The call that its critical path ends with, before tools; -1 where it did not end. */
  readonly lastStep: number;
}
