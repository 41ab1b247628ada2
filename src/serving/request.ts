/**
 * One LLM call as the serving layer sees it, with what it measured. Times are in ticks.
 */

/** What a workflow asks of an LLM. */
export interface CallRequest {
  /** Position of the LLM in the deployment. */
  readonly llm: number;
  readonly promptTokens: number;
  /** Tokens generated, ≥ 1. */
  readonly outputTokens: number;
  /**
   * Conversation whose context the prompt starts with, unique in the run; -1 for none. Prompts of
   * a conversation only grow, so whatever a replica still caches of it is a prefix.
   */
  readonly conversation: number;
  /** Leading tokens of prompt and output that later prompts of the conversation repeat. */
  readonly retainTokens: number;
}

/** How a call or an execution ended. */
export type EndStatus = "completed" | "failed" | "unfinished";

/** A call under way or ended; -1 marks an instant not reached. */
export interface Request extends CallRequest {
  /** Stable number of the call, unique in the run: decides the order of simultaneous events. */
  readonly entity: number;
  readonly submitTime: number;
  /** Replica index, -1 until routed. */
  replica: number;
  /** Tokens that it had to compute on its replica when it was routed. */
  routedTokens: number;
  /** Reached the replica. */
  arrivalTime: number;
  /** First scheduled. */
  startTime: number;
  firstTokenTime: number;
  /** Left the replica. */
  finishTime: number;
  /** The response reached the client. */
  endTime: number;
  /** Prompt tokens found in the prefix cache when first scheduled. */
  cachedTokens: number;
  preemptions: number;
  /** Ticks of start-to-first-token and first-token-to-finish lost to other tenants. */
  lostInPrefill: number;
  lostInDecode: number;
  status: EndStatus;
}

/** Call number `entity`, just submitted at `now` ticks. */
export function createRequest(call: CallRequest, entity: number, now: number): Request {
  return {
    llm: call.llm,
    entity,
    promptTokens: call.promptTokens,
    outputTokens: call.outputTokens,
    conversation: call.conversation,
    retainTokens: call.retainTokens,
    submitTime: now,
    replica: -1,
    routedTokens: 0,
    arrivalTime: -1,
    startTime: -1,
    firstTokenTime: -1,
    finishTime: -1,
    endTime: -1,
    cachedTokens: 0,
    preemptions: 0,
    lostInPrefill: 0,
    lostInDecode: 0,
    status: "unfinished",
  };
}
