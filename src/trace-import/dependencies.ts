/**
 * Who waited for whom, in recordings that do not say: a call waited for those whose output is a
 * message in its input, or else for the closest call that had ended before it began. What other
 * predecessors waited for already is left out (transitive reduction). The rule of inference-perf's
 * replay of OpenTelemetry traces.
 */

import { unionLength } from "./agent-sessions.ts";
import type { ImportedCall, ImportSink } from "./import-format.ts";

/** A call as it was recorded; times in milliseconds. */
export interface RecordedCall {
  readonly id: string;
  readonly model: string;
  readonly role?: string;
  readonly start: number;
  readonly firstToken?: number | undefined;
  readonly end: number;
  readonly input: number;
  readonly output: number;
  /** Tokens of the prompt that were cached, where that is known. */
  readonly cached?: number | undefined;
  /** Messages of the input and the output as texts, where they were recorded. */
  readonly messages?: readonly string[] | undefined;
  readonly answer?: string | undefined;
}

/** A session as it was recorded, in any order. */
export interface RecordedSession {
  readonly id: string;
  readonly calls: readonly RecordedCall[];
  readonly tools: readonly { readonly start: number; readonly end: number }[];
}

/** Writes a session with what its calls waited for. */
export function writeSession({ id, calls, tools }: RecordedSession, sink: ImportSink): void {
  const sorted = [...calls].sort((a, b) => a.start - b.start || a.end - b.end);
  const predecessors = inferPredecessors(sorted, sink);
  sorted.forEach((call, index) => {
    const waits = predecessors[index]!.map((position) => sorted[position]!);
    const from = Math.max(...waits.map(({ end }) => end));
    const place: Partial<ImportedCall> =
      waits.length === 0
        ? { timestamp: call.start }
        : {
            wait_for: waits.map((other) => `${id}/${other.id}`),
            ...between(from, call.start, tools),
            ...prefixOf(call, waits, id),
          };
    const { role, model, input, output, start, end, firstToken = end } = call;
    sink.write({
      session_id: id,
      request_id: `${id}/${call.id}`,
      ...(role === undefined ? {} : { role }),
      model,
      input_length: input,
      output_length: output,
      ...place,
      observed: { submit_ms: start, first_token_ms: firstToken, end_ms: end },
    });
  });
}

/** Of calls in order of their start: positions of those that each waited for, reduced. */
export function inferPredecessors(
  calls: readonly RecordedCall[],
  sink: Pick<ImportSink, "note">,
): readonly (readonly number[])[] {
  const ancestors: Set<number>[] = [];
  return calls.map((call, index) => {
    const before = [...calls.keys()].filter(
      (other) => other < index && calls[other]!.end <= call.start,
    );
    const causal = before.filter((other) => isRead(calls[other]!, call));
    const found = causal.length > 0 ? causal : closest(calls, before);
    const direct = found.filter((other) => !found.some((later) => ancestors[later]?.has(other)));
    if (direct.length > 0) {
      sink.note(causal.length > 0 ? "waits by text" : "waits by time", direct.length);
    }
    ancestors.push(new Set(direct.flatMap((other) => [other, ...ancestors[other]!])));
    return direct;
  });
}

/** Whether a call has the other's output among its messages. */
function isRead({ answer }: RecordedCall, { messages }: RecordedCall): boolean {
  if (answer === undefined || answer === "" || messages === undefined) return false;
  return messages.some((message) => message.includes(answer));
}

/** The call that ended last. */
function closest(calls: readonly RecordedCall[], before: readonly number[]): number[] {
  if (before.length === 0) return [];
  return [before.reduce((last, other) => (calls[other]!.end > calls[last]!.end ? other : last))];
}

/** What passed between two instants: tools, and the rest. */
function between(
  from: number,
  to: number,
  tools: RecordedSession["tools"],
): Pick<ImportedCall, "tool_wait_ms" | "delay"> {
  const within = tools
    .map(({ start, end }) => ({ start: Math.max(start, from), end: Math.min(end, to) }))
    .filter(({ start, end }) => end > start);
  const tool = unionLength(within);
  const rest = to - from - tool;
  return { ...(tool > 0 ? { tool_wait_ms: tool } : {}), ...(rest > 0 ? { delay: rest } : {}) };
}

/** What was cached is of the predecessor of the same model with the longest context. */
function prefixOf(
  { cached = 0, input, model }: RecordedCall,
  waits: readonly RecordedCall[],
  session: string,
): Pick<ImportedCall, "prefix_of" | "prefix_tokens"> {
  const same = waits.filter((other) => other.model === model);
  if (cached === 0 || same.length === 0) return {};
  const longest = same.reduce((a, b) => (b.input + b.output > a.input + a.output ? b : a));
  const shared = Math.min(cached, input, longest.input + longest.output);
  return { prefix_of: `${session}/${longest.id}`, prefix_tokens: shared };
}
