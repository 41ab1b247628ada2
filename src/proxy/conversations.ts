/**
 * Which call a request goes on from: the one whose context and answer it begins with, the longest
 * of them. Contexts are remembered as hashes of their parts in a row, never as text. A text without
 * messages is hashed in blocks, and what is left behind the last whole block apart.
 */

import { createHash } from "node:crypto";
import type { Context } from "./messages.ts";

/** Characters; short blocks cost hashes, long ones make their ends slow to find. */
const BLOCK = 256;

/** Contexts beyond this many are forgotten, the oldest first: about 30 MB. */
const MAX_ENDS = 100_000;

/** Where a context ends. */
interface Place {
  /** Hash of its whole parts. */
  readonly digest: string;
  /** Text behind the last whole block. */
  readonly tail: string;
}

/** A request's context, as long as its answer is not known. */
export interface OpenContext<Call> extends Place {
  readonly isText: boolean;
  /** The call that it goes on from. */
  readonly extended: Call | undefined;
}

/** A context with its answer, and whether a request went on from it. */
interface End<Call> {
  readonly call: Call;
  isExtended: boolean;
}

/** Finds calls by what they ended with. */
export class Conversations<Call> {
  readonly #ends = new Map<string, End<Call>[]>();
  /** By hash: lengths of the tails behind it. */
  readonly #tails = new Map<string, Set<number>>();
  readonly #responses = new Map<string, OpenContext<Call>>();

  /** Takes a request's context, which then is what it goes on from. */
  open({ isText, parts, previousResponse }: Context): OpenContext<Call> {
    const before = this.#responses.get(previousResponse ?? "");
    if (isText) {
      const places = blocks("text", parts.join(""));
      return { ...places.at(-1)!, isText, extended: this.#findText(parts.join(""), places) };
    }
    const digests = [before?.digest ?? "messages"];
    for (const part of parts) digests.push(hash(digests.at(-1)!, part));
    const found = digests.toReversed().find((digest) => this.#ends.has(digest));
    const extended = found === undefined ? before?.extended : this.#extend(found);
    return { digest: digests.at(-1)!, tail: "", isText, extended };
  }

  /** Adds what the LLM answered; an answer that says nothing is none. */
  close(call: Call, context: OpenContext<Call>, answer: readonly string[]): void {
    const said = answer.filter((part) => part !== "");
    if (said.length === 0) return;
    if (context.isText) {
      const { digest, tail } = blocks(context.digest, context.tail + said.join("")).at(-1)!;
      const lengths = this.#tails.get(digest);
      if (lengths === undefined) this.#tails.set(digest, new Set([tail.length]));
      else lengths.add(tail.length);
      this.#add(hash(digest, tail), call);
    } else this.#add(said.reduce(hash, context.digest), call);
  }

  /** Lets a later request name the answer of `call` by its id. */
  name(id: string, call: Call, context: OpenContext<Call>, answer: readonly string[]): void {
    const digest = answer.reduce(hash, context.digest);
    this.#responses.set(id, { digest, tail: "", isText: false, extended: call });
    forgetOldest(this.#responses);
  }

  #add(digest: string, call: Call): void {
    const ends = this.#ends.get(digest);
    if (ends === undefined) this.#ends.set(digest, [{ call, isExtended: false }]);
    else ends.push({ call, isExtended: false });
    forgetOldest(this.#ends);
    forgetOldest(this.#tails);
  }

  /** Of calls with the same context and answer, the first that nothing went on from yet. */
  #extend(digest: string): Call {
    const ends = this.#ends.get(digest)!;
    const end = ends.find(({ isExtended }) => !isExtended) ?? ends.at(-1)!;
    end.isExtended = true;
    return end.call;
  }

  #findText(text: string, places: readonly Place[]): Call | undefined {
    for (let index = places.length - 1; index >= 0; index--) {
      const { digest } = places[index]!;
      const lengths = [...(this.#tails.get(digest) ?? [])].sort((a, b) => b - a);
      const start = index * BLOCK;
      for (const length of lengths) {
        if (start + length > text.length) continue;
        const end = hash(digest, text.slice(start, start + length));
        if (this.#ends.has(end)) return this.#extend(end);
      }
    }
    return undefined;
  }
}

/** The place after each whole block of a text, the first before it; each with all that follows. */
function blocks(start: string, text: string): Place[] {
  const places: Place[] = [{ digest: start, tail: text }];
  for (let at = BLOCK; at <= text.length; at += BLOCK) {
    const digest = hash(places.at(-1)!.digest, text.slice(at - BLOCK, at));
    places.push({ digest, tail: text.slice(at) });
  }
  return places;
}

function hash(before: string, part: string): string {
  return createHash("sha256").update(before).update("\0").update(part).digest("base64");
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size > MAX_ENDS) map.delete(map.keys().next().value!);
}
