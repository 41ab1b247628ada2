/** Requests and small engines for the tests of one replica. */

import { type CallRequest, createRequest, type Request } from "../../../src/serving/request.ts";

/** A call of the first LLM without a conversation. */
export function callOf(
  promptTokens: number,
  outputTokens: number,
  more: Partial<CallRequest> = {},
): CallRequest {
  return { llm: 0, promptTokens, outputTokens, conversation: -1, retainTokens: 0, ...more };
}

/** A call of a conversation that keeps prompt and output. */
export function turnOf(
  conversation: number,
  promptTokens: number,
  outputTokens: number,
): CallRequest {
  const retainTokens = promptTokens + outputTokens;
  return callOf(promptTokens, outputTokens, { conversation, retainTokens });
}

/** The request number `entity` of a call, submitted at time 0. */
export function requestOf(call: CallRequest, entity = 0): Request {
  return createRequest(call, entity, 0);
}
