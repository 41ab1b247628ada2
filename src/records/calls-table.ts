/**
 * The table `calls`: one row an LLM call, with the instants that the simulation measured. Where a
 * call did not get as far as a replica or an instant, the value is null.
 */

import type { Request } from "../serving/request.ts";
import { toArrowParts } from "./arrow-file.ts";
import { DictionaryColumn, Int32Column, TimeColumn } from "./columns.ts";
import { RowBuffer } from "./row-buffer.ts";

/** Collects the calls of a run and writes them. */
export class CallsTable {
  readonly #call = new Int32Column();
  readonly #execution = new Int32Column();
  readonly #llm = new DictionaryColumn();
  readonly #role = new DictionaryColumn();
  readonly #replica = new Int32Column({ nullable: true });
  readonly #promptTokens = new Int32Column();
  readonly #cachedTokens = new Int32Column();
  readonly #outputTokens = new Int32Column();
  readonly #submitTime = new TimeColumn();
  readonly #startTime = new TimeColumn({ nullable: true });
  readonly #firstTokenTime = new TimeColumn({ nullable: true });
  readonly #endTime = new TimeColumn({ nullable: true });
  readonly #preemptions = new Int32Column();
  readonly #status = new DictionaryColumn();
  readonly #step = new Int32Column();
  readonly #afterStep = new Int32Column({ nullable: true });

  /** In the order in which `append` gives their values. */
  readonly #rows = new RowBuffer([
    this.#call,
    this.#execution,
    this.#llm,
    this.#role,
    this.#replica,
    this.#promptTokens,
    this.#cachedTokens,
    this.#outputTokens,
    this.#submitTime,
    this.#startTime,
    this.#firstTokenTime,
    this.#endTime,
    this.#preemptions,
    this.#status,
    this.#step,
    this.#afterStep,
  ]);

  get rowCount(): number {
    return this.#rows.length;
  }

  append(row: CallRow): void {
    const { request } = row;
    const start = this.#rows.begin();
    const { cells } = this.#rows;
    cells[start] = row.call;
    cells[start + 1] = row.execution;
    cells[start + 2] = this.#llm.codeOf(row.llm);
    cells[start + 3] = this.#role.codeOf(row.role);
    cells[start + 4] = request.replica;
    cells[start + 5] = request.promptTokens;
    cells[start + 6] = request.cachedTokens;
    cells[start + 7] = request.receivedTokens;
    cells[start + 8] = request.submitTime;
    cells[start + 9] = request.startTime;
    cells[start + 10] = request.firstTokenTime;
    cells[start + 11] = request.endTime;
    cells[start + 12] = request.preemptions;
    cells[start + 13] = this.#status.codeOf(request.status);
    cells[start + 14] = row.step;
    cells[start + 15] = row.afterStep;
  }

  toArrow(): Promise<Uint8Array[]> {
    this.#rows.flush();
    return toArrowParts({
      call: this.#call,
      execution: this.#execution,
      llm: this.#llm,
      role: this.#role,
      replica: this.#replica,
      prompt_tokens: this.#promptTokens,
      cached_tokens: this.#cachedTokens,
      output_tokens: this.#outputTokens,
      submit_seconds: this.#submitTime,
      start_seconds: this.#startTime,
      first_token_seconds: this.#firstTokenTime,
      end_seconds: this.#endTime,
      preemptions: this.#preemptions,
      status: this.#status,
      step: this.#step,
      after_step: this.#afterStep,
    });
  }
}

/** A call with its place in the workflow. */
export interface CallRow {
  /** Number of the call, unique in the run. */
  readonly call: number;
  /** Number of the workflow execution that made it. */
  readonly execution: number;
  /** Name of the LLM in the deployment. */
  readonly llm: string;
  /** Name of the call in the workflow. */
  readonly role: string;
  /** Number of the call among the drawn steps of its execution, the same in every run of it. */
  readonly step: number;
  /** The call that it waited for last, through tools and joins; -1 if it waited for none. */
  readonly afterStep: number;
  /** Read once, not kept. */
  readonly request: Request;
}
