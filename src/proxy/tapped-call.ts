/**
 * One request as the recorder hears of it, from the one that forwards its bytes: copies of them,
 * after they were sent on, and how it ended. The first ending counts.
 */

import { AnswerReader } from "./answer-reader.ts";
import type { CallRecorder, RecordedCall } from "./call-recorder.ts";
import type { Endpoint } from "./endpoints.ts";

/** Follows one call. */
export class TappedCall {
  readonly #recorder: CallRecorder;
  readonly #endpoint: Endpoint;
  readonly #sessionName: string | undefined;
  #request: Buffer[] = [];
  #call: RecordedCall | undefined;
  #answer: AnswerReader;
  #isOver = false;

  constructor(recorder: CallRecorder, endpoint: Endpoint, sessionName: string | undefined) {
    this.#recorder = recorder;
    this.#endpoint = endpoint;
    this.#sessionName = sessionName;
    this.#answer = new AnswerReader(endpoint, false);
  }

  requestBytes(bytes: Buffer): void {
    this.#request.push(bytes);
  }

  requestEnd(): void {
    if (this.#isOver) return;
    const bytes = Buffer.concat(this.#request);
    this.#request = [];
    this.#call = this.#recorder.submit(this.#endpoint, bytes, this.#sessionName);
  }

  /** The server has sent its status; anything but success is a failure. */
  answerStart(status: number, isStream: boolean): void {
    if (status < 200 || status > 299) this.fail();
    this.#answer = new AnswerReader(this.#endpoint, isStream);
  }

  answerBytes(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#answer.read(bytes);
    if (this.#call !== undefined && this.#answer.chunkCount > 0) {
      this.#call.firstToken ??= this.#recorder.now();
    }
    // A client need not wait for the end of the body to send its next call.
    if (this.#answer.isDone) this.#complete();
  }

  answerEnd(): void {
    if (this.#isOver) return;
    this.#answer.end();
    this.#complete();
  }

  fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#recorder.counts.failed++;
  }

  /** The client has gone. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#recorder.isStopped || this.#call === undefined) this.#recorder.counts.unfinished++;
    else this.#recorder.cancel(this.#call, this.#answer);
  }

  #complete(): void {
    // Whoever answers before the request is there has refused it.
    if (this.#answer.hasFailed || this.#call === undefined) this.fail();
    else this.#recorder.complete(this.#call, this.#answer);
    this.#isOver = true;
  }
}
