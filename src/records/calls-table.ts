/**
 * The table `calls`: one row an LLM call, with the instants that the simulation measured. Where a
 * call did not get as far as a replica or an instant, the value is null.
 */

import type { Request } from "../serving/request.ts";
import { toArrowFile } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column, Int32Column } from "./columns.ts";

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
  readonly #submitTime = new Float64Column();
  readonly #startTime = new Float64Column({ nullable: true });
  readonly #firstTokenTime = new Float64Column({ nullable: true });
  readonly #endTime = new Float64Column({ nullable: true });
  readonly #preemptions = new Int32Column();
  readonly #status = new DictionaryColumn();

  get rowCount(): number {
    return this.#call.length;
  }

  append(row: CallRow): void {
    const request = row.request;
    this.#call.append(row.call);
    this.#execution.append(row.execution);
    this.#llm.append(row.llm);
    this.#role.append(row.role);
    this.#replica.append(request.replica);
    this.#promptTokens.append(request.promptTokens);
    this.#cachedTokens.append(request.cachedTokens);
    this.#outputTokens.append(request.receivedTokens);
    this.#submitTime.appendTicks(request.submitTime);
    this.#startTime.appendTicks(request.startTime);
    this.#firstTokenTime.appendTicks(request.firstTokenTime);
    this.#endTime.appendTicks(request.endTime);
    this.#preemptions.append(request.preemptions);
    this.#status.append(request.status);
  }

  toArrow(): Promise<Uint8Array> {
    return toArrowFile({
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
  /** Read once, not kept. */
  readonly request: Request;
}
