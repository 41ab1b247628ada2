/**
 * Prefixes that calls of a trace share, as conversations: a conversation holds one context that
 * only grows, so every call is extended by at most one other, the one that shares the most. Others
 * that start like the same call begin conversations of their own, which branch off its. A trace
 * that a simulation wrote names the conversations themselves.
 */

import type { Origin } from "../serving/request.ts";
import type { LineProblems } from "./json-lines.ts";
import type { TraceCalls } from "./trace-calls.ts";
import { isAbsent, type OriginRow } from "./trace-row.ts";

/** Conversations by call; calls that are not there have none. */
export interface TraceConversations {
  readonly conversationOf: ReadonlyMap<number, number>;
  /** How much of a call's prompt and output a later one repeats; nothing where it is not there. */
  readonly retainTokens: ReadonlyMap<number, number>;
  /** What the conversation of a call started from, where that is known. */
  readonly originOf: ReadonlyMap<number, Origin>;
}

/** What calls share. Throws UserErrors for references that lead nowhere. */
export function linkPrefixes(calls: TraceCalls, problems: LineProblems): TraceConversations {
  if (calls.contexts.size > 0) return namedConversations(calls, problems);
  const others = new Map<number, number>();
  const retainTokens = new Map<number, number>();
  const extendedBy = new Map<number, number>();
  for (const [row, { tokens }] of calls.prefixes) {
    const other = findOther(calls, row, problems);
    if (other === undefined) continue;
    others.set(row, other);
    if (tokens <= (retainTokens.get(other) ?? -1)) continue;
    extendedBy.set(other, row);
    retainTokens.set(other, tokens);
  }
  problems.throwIfAny();
  const conversationOf = new Map<number, number>();
  const originOf = new Map<number, Origin>();
  const place = (row: number) => {
    const other = others.get(row)!;
    const { tokens } = calls.prefixes.get(row)!;
    const from = branchPoint(conversationOf.get(other)!, originOf.get(other), tokens);
    const isExtension = extendedBy.get(other) === row && from.isOwn;
    // A conversation has the name of its first call.
    conversationOf.set(row, isExtension ? from.conversation : row);
    if (!isExtension) {
      const { conversation, origin } = from;
      originOf.set(row, { conversation, tokens, ...(origin === undefined ? {} : { origin }) });
    } else if (from.origin !== undefined) originOf.set(row, from.origin);
  };
  for (const first of others.values()) {
    if (!others.has(first)) conversationOf.set(first, first);
  }
  for (const row of others.keys())
    placeAfterOthers(row, { others, conversationOf, place, problems });
  problems.throwIfAny();
  return { conversationOf, retainTokens, originOf };
}

/** The conversation that holds so many tokens of a context: its own, or one that it began as. */
function branchPoint(conversation: number, origin: Origin | undefined, tokens: number) {
  let from = { conversation, origin, isOwn: true };
  while (from.origin !== undefined && tokens <= from.origin.tokens) {
    from = { conversation: from.origin.conversation, origin: from.origin.origin, isOwn: false };
  }
  return from;
}

/** Places the calls that a call starts like, the first of them first, and then itself. */
function placeAfterOthers(
  row: number,
  {
    others,
    conversationOf,
    place,
    problems,
  }: {
    readonly others: ReadonlyMap<number, number>;
    readonly conversationOf: ReadonlyMap<number, number>;
    readonly place: (row: number) => void;
    readonly problems: LineProblems;
  },
): void {
  const chain = new Set<number>();
  let next = row;
  for (; !conversationOf.has(next); next = others.get(next)!) {
    if (chain.has(next)) {
      const message = "the calls that this one starts like lead back to itself";
      problems.add(row, { key: "prefix_of", message, hint: "name a call that came before" });
      return;
    }
    chain.add(next);
  }
  for (const each of [...chain].reverse()) place(each);
}

/** Conversations as the trace names them. */
function namedConversations(calls: TraceCalls, problems: LineProblems): TraceConversations {
  for (const row of calls.prefixes.keys()) {
    const message = "other calls of this trace have a context";
    problems.add(row, { key: "prefix_of", message, hint: "say of all calls the one or the other" });
  }
  problems.throwIfAny();
  const conversationOf = new Map<number, number>();
  const retainTokens = new Map<number, number>();
  const originOf = new Map<number, Origin>();
  for (const [row, { conversation, retain_tokens: tokens, origin }] of calls.contexts) {
    conversationOf.set(row, conversation);
    retainTokens.set(row, tokens);
    if (!isAbsent(origin)) originOf.set(row, originFrom(origin));
  }
  return { conversationOf, retainTokens, originOf };
}

function originFrom({ conversation, tokens, origin }: OriginRow): Origin {
  const own = { conversation, tokens };
  return isAbsent(origin) ? own : { ...own, origin: originFrom(origin) };
}

/** The call that another starts like, if it can share with it. */
function findOther(calls: TraceCalls, row: number, problems: LineProblems): number | undefined {
  const { of: id, tokens } = calls.prefixes.get(row)!;
  const other = calls.rowOf(id);
  if (other === undefined) {
    const message = `no call has the request id ${JSON.stringify(id)}`;
    problems.add(row, { key: "prefix_of", message, hint: "name a call of this trace" });
    return undefined;
  }
  // Another LLM computed its context for itself alone.
  if (calls.llms[other] !== calls.llms[row]) return undefined;
  const size = calls.promptTokens[other]! + calls.outputTokens[other]!;
  if (tokens <= size) return other;
  const message = `prefix_tokens: ${tokens} is more than the other call's prompt and output`;
  problems.add(row, { key: "prefix_tokens", message, hint: `expected at most ${size}` });
  return undefined;
}
