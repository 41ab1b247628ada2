/**
 * What the readers of foreign trace formats share: the rows that they write (the fields of the
 * project's own trace, one LLM call a line) and what they report. A format takes its file line by
 * line or whole, and writes rows as soon as it knows them.
 */

/** One call as it is written to a trace; times in milliseconds, lengths in tokens. */
export interface ImportedCall {
  readonly session_id: string;
  readonly request_id: string;
  readonly role?: string;
  readonly model: string;
  /** The whole prompt, cached tokens included. */
  readonly input_length: number;
  readonly output_length: number;
  /** Arrival of a call that waits for none. */
  readonly timestamp?: number;
  readonly wait_for?: readonly string[];
  readonly tool_wait_ms?: number;
  readonly delay?: number;
  readonly prefix_of?: string;
  readonly prefix_tokens?: number;
  readonly observed?: {
    readonly submit_ms: number;
    readonly first_token_ms: number;
    readonly end_ms: number;
  };
}

/** Where a reader's rows and findings go. */
export interface ImportSink {
  readonly write: (call: ImportedCall) => void;
  /** What was inferred or left out, counted by what it is. */
  readonly note: (what: string, count?: number) => void;
}

/** What is wrong with a line or a document, and what to do. */
export class BadRecord extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** What the user says of a file. */
export interface ImportOptions {
  /** Name of the LLM of all calls, instead of the one that the file gives. */
  readonly model?: string;
  /** Tokens a block of `hash_ids`. */
  readonly blockSize: number;
}

/** One file being read. */
export interface ImportReader {
  /** Takes a line, or the whole text of a file that is one document; throws BadRecord. */
  readonly read: (text: string) => void;
  /** After the last line. */
  readonly end: () => void;
}

/** A format of traces. */
export interface ImportFormat {
  /** As `--format` takes it. */
  readonly name: string;
  readonly description: string;
  readonly unit: "line" | "document";
  readonly open: (sink: ImportSink, options: ImportOptions) => ImportReader;
}

/** The model of a call: the user's, or the file's. */
export function modelOf({ model }: ImportOptions, given: unknown): string {
  if (model !== undefined) return model;
  if (typeof given === "string" && given !== "") return given;
  throw new BadRecord(
    "no model is named",
    "name the LLM of all calls: --model NAME, one of `sim list models` or an LLM of your plan",
  );
}
