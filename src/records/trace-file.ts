/**
 * Writes simulated executions as a trace: a line for each call and each tool, with what it waited
 * for, its place in a conversation and the times that were simulated. Read back and replayed on
 * the same plan it gives the same times: every duration is a whole number of ticks. Lines go to
 * the file as executions end, under a temporary name until all are there.
 */

import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { TICKS_PER_SECOND, toTicks } from "../engine/ticks.ts";
import { UserError } from "../errors.ts";
import type { Context, Origin, Request } from "../serving/request.ts";
import type { DrawnCall } from "../workflow/drawn-execution.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";

/** Characters that are gathered before they are written. */
const BUFFERED = 1 << 20;

const TICKS_PER_MS = TICKS_PER_SECOND / 1000;

/** A trace being written. */
export class TraceFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: number;
  #text = "";

  /** Throws a UserError where `path` cannot be written. */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.partial-${process.pid}`;
    this.#file = attempt(path, () => openSync(this.#temporary, "w"));
  }

  /** Adds an execution of `workflow` that ended; `llms` are the names that its calls use. */
  add(execution: RunningExecution, workflow: string, llms: readonly string[]): void {
    for (const line of linesOf(execution, workflow, llms))
      this.#text += `${JSON.stringify(line)}\n`;
    if (this.#text.length > BUFFERED) this.#flush();
  }

  /** The trace is whole. */
  close(): void {
    this.#flush();
    attempt(this.#path, () => {
      closeSync(this.#file);
      renameSync(this.#temporary, this.#path);
    });
  }

  /** The trace will not be whole: nothing is left. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    attempt(this.#path, () => writeSync(this.#file, this.#text));
    this.#text = "";
  }
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`the trace ${path} cannot be written: ${reason}`, {
      hint: "choose another path, or make room and permissions there",
    });
  }
}

/** The lines of an execution, in the order of its steps. */
function linesOf(execution: RunningExecution, workflow: string, llms: readonly string[]): object[] {
  const { drawn, arrivalTime, endTime, startTimes, endTimes, requests, givenUp } = execution;
  const session = String(drawn.index);
  const idOf = (step: number) => `${session}.${step}`;
  const waits = waitsOf(execution);
  return drawn.steps.flatMap((step, position): object[] => {
    // Stragglers that were cancelled have steps that never ran.
    if (step.kind === "join" || (endTime >= 0 && startTimes[position]! < 0)) return [];
    const own = waits[position]!;
    const place = {
      session_id: session,
      request_id: idOf(position),
      workflow,
      ...(own.length === 0
        ? { timestamp: milliseconds(arrivalTime) }
        : { wait_for: own.map(idOf) }),
    };
    if (step.kind === "tool") {
      const [start, end] = [startTimes[position]!, endTimes[position]!];
      // A replay has no pools and cancels no tool: what it waited is part of it.
      const isOwn = step.pool === undefined && !givenUp.includes(position);
      const duration_ms = milliseconds(isOwn || end < 0 ? toTicks(step.duration) : end - start);
      const observed = observedOf(start, end, end);
      return [{ ...place, tool: step.name, duration_ms, ...observed }];
    }
    const request = requests[position];
    return [
      { ...place, ...callOf(step, llms), ...cancellation(step, request), ...observedCall(request) },
    ];
  });
}

/** For every step the calls and tools that it waited for, through joins. */
function waitsOf(execution: RunningExecution): readonly (readonly number[])[] {
  const { steps } = execution.drawn;
  const waits: number[][] = steps.map(() => []);
  steps.forEach(({ kind, successors }, position) => {
    const ends = kind === "join" ? waits[position]! : [position];
    for (const successor of successors) {
      if (isStraggler(execution, position, successor)) continue;
      const own = waits[successor]!;
      for (const end of ends) if (!own.includes(end)) own.push(end);
    }
  });
  return waits;
}

/** Whether a step came too late for a join, or never ended. */
function isStraggler(
  { drawn, endTimes, givenUp }: RunningExecution,
  step: number,
  join: number,
): boolean {
  const joining = drawn.steps[join]!;
  const [end, joined] = [endTimes[step]!, endTimes[join]!];
  if (joining.kind !== "join" || joining.needs === undefined || joined < 0) return false;
  return end < 0 || end > joined || givenUp.includes(step);
}

function callOf(call: DrawnCall, llms: readonly string[]): object {
  const { llm, role, promptTokens, outputTokens, priority, conversation, origin } = call;
  const hasContext = conversation >= 0 || origin !== undefined;
  return {
    ...(role === "" ? {} : { role }),
    model: llms[llm]!,
    input_length: promptTokens,
    output_length: outputTokens,
    ...(priority === undefined ? {} : { priority }),
    ...(hasContext ? { context: contextOf(call, { retain_tokens: call.retainTokens }) } : {}),
  };
}

/** When its client gave a call up, or would have without failing. */
function cancellation({ timeout, isVital = false }: DrawnCall, request?: Request): object {
  if (request?.isGivenUp === true) {
    return { cancelled_ms: milliseconds(request.endTime - request.submitTime) };
  }
  return timeout === undefined || isVital ? {} : { cancelled_ms: milliseconds(toTicks(timeout)) };
}

function contextOf({ conversation, origin }: Context, tokens: object): object {
  return { conversation, ...tokens, ...(origin === undefined ? {} : { origin: originOf(origin) }) };
}

function originOf(origin: Origin): object {
  return contextOf(origin, { tokens: origin.tokens });
}

function observedCall(request: Request | undefined): object {
  if (request === undefined || request.status !== "completed") return {};
  return observedOf(request.submitTime, request.firstTokenTime, request.endTime);
}

/** Nothing where the end was not reached. */
function observedOf(submit: number, firstToken: number, end: number): object {
  if (end < 0) return {};
  return {
    observed: {
      submit_ms: milliseconds(submit),
      first_token_ms: milliseconds(firstToken),
      end_ms: milliseconds(end),
    },
  };
}

function milliseconds(ticks: number): number {
  return ticks / TICKS_PER_MS;
}
