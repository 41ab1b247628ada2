/**
 * One LLM call as the serving layer sees it, with what it measured. Times are in ticks.
 */

/** What a prompt starts with. */
export interface Context {
  /**
   * Conversation that the prompt continues, unique in the run; -1 for none. Prompts of a
   * conversation only grow, so whatever a replica still caches of it is a prefix.
   */
  readonly conversation: number;
  /** What the conversation, or a prompt without one, started from; the same in all its calls. */
  readonly origin?: Origin | undefined;
}

/** The first tokens of another conversation: a system prompt, or a context branched off. */
export interface Origin extends Context {
  readonly tokens: number;
}

/** What a workflow asks of an LLM. */
export interface CallRequest extends Context {
  /** Position of the LLM in the deployment. */
  readonly llm: number;
  readonly promptTokens: number;
  /** Tokens generated, ≥ 1. */
  readonly outputTokens: number;
  /**
   * Leading tokens of prompt and output that later prompts repeat; without a conversation at most
   * those of the origin.
   */
  readonly retainTokens: number;
  /** The lowest number is scheduled first; default 0. */
  readonly priority?: number | undefined;
}

/** How an execution ended. */
export type EndStatus = "completed" | "failed" | "unfinished";

/** How a call ended. */
export type CallStatus = EndStatus | "cancelled";

/** A call under way or ended; -1 marks an instant not reached. */
export interface Request extends CallRequest {
  readonly priority: number;
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
  /** The response reached the client, or the client gave the call up. */
  endTime: number;
  /** Its client waits for it no more. */
  isGivenUp: boolean;
  /** Tokens that its client gets: all, or those generated when it gave the call up. */
  receivedTokens: number;
  /** Prompt tokens found in the prefix cache when first scheduled. */
  cachedTokens: number;
  preemptions: number;
  /** Ticks of start-to-first-token and first-token-to-finish lost to other tenants. */
  lostInPrefill: number;
  lostInDecode: number;
  status: CallStatus;
}

/** Call number `entity`, just submitted at `now` ticks; in the place of `spare` if given. */
export function createRequest(
  call: CallRequest,
  entity: number,
  now: number,
  spare?: Request,
): Request {
  const request: Writable<Request> = spare ?? emptyRequest();
  request.llm = call.llm;
  request.entity = entity;
  request.promptTokens = call.promptTokens;
  request.outputTokens = call.outputTokens;
  request.conversation = call.conversation;
  request.origin = call.origin;
  request.retainTokens = call.retainTokens;
  request.priority = call.priority ?? 0;
  request.submitTime = now;
  request.replica = -1;
  request.routedTokens = 0;
  request.arrivalTime = -1;
  request.startTime = -1;
  request.firstTokenTime = -1;
  request.finishTime = -1;
  request.endTime = -1;
  request.isGivenUp = false;
  request.receivedTokens = call.outputTokens;
  request.cachedTokens = 0;
  request.preemptions = 0;
  request.lostInPrefill = 0;
  request.lostInDecode = 0;
  request.status = "unfinished";
  return request;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function emptyRequest(): Request {
  return {
    llm: 0,
    entity: 0,
    promptTokens: 0,
    outputTokens: 0,
    conversation: -1,
    origin: undefined,
    retainTokens: 0,
    priority: 0,
    submitTime: 0,
    replica: -1,
    routedTokens: 0,
    arrivalTime: -1,
    startTime: -1,
    firstTokenTime: -1,
    finishTime: -1,
    endTime: -1,
    isGivenUp: false,
    receivedTokens: 0,
    cachedTokens: 0,
    preemptions: 0,
    lostInPrefill: 0,
    lostInDecode: 0,
    status: "unfinished",
  };
}
