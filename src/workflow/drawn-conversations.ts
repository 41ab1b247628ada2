/**
 * The conversations of one execution while it is drawn: how long their contexts are, and what
 * they share with others.
 */

import type { Origin } from "../serving/request.ts";
import { FIRST_SYSTEM_PROMPT } from "./drawn-execution.ts";
import type { Conversation } from "./program.ts";

/** Conversations of one execution are numbered below this, after the execution. */
const MAX_CONVERSATIONS = 2 ** 20;

/** Context of a conversation at some point of the execution. */
interface ConversationState {
  /** Unique in the run. */
  id: number;
  tokens: number;
  /** What it started from; undefined also before its first call. */
  origin: Origin | undefined;
}

/** Copies of fan-out around a step, and the conversations of the steps in them. */
export class Scope {
  readonly outer: Scope | undefined;
  readonly conversations = new Map<string, ConversationState>();
  readonly #copies: Scope[] = [];

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  /** The scope of a copy; copies of one number share it, whichever fan-out made them. */
  copy(number: number): Scope {
    let scope = this.#copies[number];
    if (scope === undefined) {
      scope = new Scope(this);
      this.#copies[number] = scope;
    }
    return scope;
  }
}

/** The conversations of execution number `execution`. */
export class DrawnConversations {
  readonly #firstId: number;
  readonly #declared: ReadonlyMap<string, Conversation>;
  readonly #systemPrompts: ReadonlyMap<string, number>;
  #count = 0;

  constructor(
    execution: number,
    declared: ReadonlyMap<string, Conversation>,
    systemPrompts: ReadonlyMap<string, number>,
  ) {
    this.#firstId = execution * MAX_CONVERSATIONS;
    this.#declared = declared;
    this.#systemPrompts = systemPrompts;
  }

  /** The conversation of a scope; a new one starts from that of an enclosing scope. */
  of(name: string, scope: Scope): ConversationState {
    const known = scope.conversations.get(name);
    if (known !== undefined) return known;
    let enclosing = scope.outer;
    while (enclosing !== undefined && !enclosing.conversations.has(name)) {
      enclosing = enclosing.outer;
    }
    const outer = enclosing?.conversations.get(name);
    const state: ConversationState = { id: this.#nextId(), tokens: 0, origin: undefined };
    if (outer !== undefined && outer.tokens > 0) {
      const { id, tokens, origin } = outer;
      state.tokens = tokens;
      state.origin = { conversation: id, tokens, origin };
    }
    scope.conversations.set(name, state);
    return state;
  }

  /** Gives an empty conversation its system prompt, as part of its first prompt. */
  begin(name: string, state: ConversationState, promptTokens: number): void {
    if (state.tokens > 0) return;
    const { systemPrompt } = this.#declared.get(name)!;
    state.origin = this.systemPrompt(name, systemPrompt, promptTokens);
  }

  /** Rewrites a context that would grow too long: a new one, which no cache holds. */
  compact(name: string, state: ConversationState, added: number): void {
    const { compaction } = this.#declared.get(name)!;
    if (compaction === undefined || state.tokens + added <= compaction.above) return;
    state.tokens = Math.min(state.tokens, compaction.to);
    state.id = this.#nextId();
    // The system prompt stays at its start.
    let root = state.origin;
    while (root?.origin !== undefined) root = root.origin;
    state.origin = root !== undefined && isSystemPrompt(root, state.tokens) ? root : undefined;
  }

  /** The system prompt of a name that a prompt starts with, if any. */
  systemPrompt(
    name: string,
    systemPrompt: number | undefined,
    promptTokens: number,
  ): Origin | undefined {
    if (systemPrompt === undefined) return undefined;
    const conversation = this.#systemPrompts.get(name)!;
    return { conversation, tokens: Math.min(systemPrompt, promptTokens) };
  }

  #nextId(): number {
    return this.#firstId + this.#count++;
  }
}

function isSystemPrompt({ conversation, tokens }: Origin, contextTokens: number): boolean {
  return conversation >= FIRST_SYSTEM_PROMPT && tokens <= contextTokens;
}
