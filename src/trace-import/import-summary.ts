/**
 * What a planner needs to know of a trace, LLM by LLM: calls per session (n), how many are under
 * way at once (p, where times were recorded), tokens, and the part of a session's output, with its
 * spread over sessions: plans by shares rest on shares that vary little.
 */

import { mean, quantileSorted, sum } from "d3-array";
import { unionLength } from "./agent-sessions.ts";
import type { ImportedCall } from "./import-format.ts";

/** One LLM of a trace. */
export interface ImportedLlm {
  readonly calls: number;
  /** n_m: mean calls a session. */
  readonly calls_per_session: number;
  /** p_m: durations over the length of their union; null where times were not recorded. */
  readonly parallelism: number | null;
  readonly input_tokens: TokenSummary;
  readonly output_tokens: TokenSummary;
  /** Part of a session's output tokens: mean, 5 % and 95 % of the sessions. */
  readonly output_share: { readonly mean: number; readonly p5: number; readonly p95: number };
}

/** Tokens of calls. */
export interface TokenSummary {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
}

/** Calls of one LLM while they are gathered. */
interface Gathered {
  readonly input: number[];
  readonly output: number[];
  /** Output tokens and intervals by session. */
  readonly sessions: Map<
    string,
    { output: number; readonly spans: { start: number; end: number }[] }
  >;
}

/** Gathers the calls of a trace. */
export class ImportSummary {
  readonly #llms = new Map<string, Gathered>();
  readonly #output = new Map<string, number>();

  add({
    model,
    session_id: id,
    input_length: input,
    output_length: output,
    observed,
  }: ImportedCall) {
    const known = this.#llms.get(model);
    const llm: Gathered = known ?? { input: [], output: [], sessions: new Map() };
    if (known === undefined) this.#llms.set(model, llm);
    llm.input.push(input);
    llm.output.push(output);
    this.#output.set(id, (this.#output.get(id) ?? 0) + output);
    const own = llm.sessions.get(id) ?? { output: 0, spans: [] };
    llm.sessions.set(id, own);
    own.output += output;
    if (observed !== undefined) own.spans.push({ start: observed.submit_ms, end: observed.end_ms });
  }

  /** By LLM. */
  llms(): Record<string, ImportedLlm> {
    return Object.fromEntries([...this.#llms].map(([name, llm]) => [name, this.#llm(llm)]));
  }

  #llm({ input, output, sessions }: Gathered): ImportedLlm {
    const spans = [...sessions.values()].map((session) => session.spans);
    const union = sum(spans, unionLength);
    const busy = sum(spans.flat(), ({ start, end }) => end - start);
    const shares = [...this.#output]
      .filter(([, all]) => all > 0)
      .map(([id, all]) => (sessions.get(id)?.output ?? 0) / all)
      .sort((a, b) => a - b);
    return {
      calls: input.length,
      calls_per_session: input.length / this.#output.size,
      parallelism: union > 0 ? busy / union : null,
      input_tokens: tokenSummary(input),
      output_tokens: tokenSummary(output),
      output_share: {
        mean: mean(shares) ?? 0,
        p5: quantileSorted(shares, 0.05) ?? 0,
        p95: quantileSorted(shares, 0.95) ?? 0,
      },
    };
  }
}

function tokenSummary(values: readonly number[]): TokenSummary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => quantileSorted(sorted, part) ?? 0;
  return { mean: mean(sorted) ?? 0, p50: at(0.5), p95: at(0.95) };
}
