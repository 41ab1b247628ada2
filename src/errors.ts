/**
 * The kinds of failure. A UserError is a wrong value, file or flag: it is shown without a stack.
 * A CheckFailure is the answer of a command that checks. A failed assert is a bug of ours: it keeps
 * its stack and asks to be reported.
 */

/** A place in an input file, 1-based. */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What is known of an error beside its message. */
export interface UserErrorOptions {
  readonly hint?: string | undefined;
  readonly where?: SourcePosition | undefined;
}

/** Something the user gave is wrong; `hint` says what to do about it. */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly where: SourcePosition | undefined;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message);
    this.name = "UserError";
    this.hint = options.hint;
    this.where = options.where;
  }
}

/** Several problems of one file, reported together. */
export class UserErrors extends UserError {
  readonly errors: readonly UserError[];

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.name = "UserErrors";
    this.errors = errors;
  }
}

/** A check that a command was asked for did not pass; each finding is a line. */
export class CheckFailure extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(findings.join("; "));
    this.name = "CheckFailure";
    this.findings = findings;
  }
}

/** Throws when an invariant of the simulator does not hold: always a bug of ours. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant violated: ${message}`);
}

/** "did you mean" candidates: names within two edits or a third of the length, best first. */
export function similarNames(name: string, known: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(name.length / 3));
  return known
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(
      ({ candidate, distance }) =>
        distance <= limit || candidate.toLowerCase().startsWith(name.toLowerCase()),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** A UserError for a name that is not in a catalogue, with suggestions and the full list. */
export function unknownName(
  what: string,
  name: string,
  known: readonly string[],
  advice = "",
): UserError {
  const similar = similarNames(name, known);
  const suggestion =
    similar.length > 0 ? `did you mean ${similar.join(" or ")}?` : `known: ${known.join(", ")}`;
  return new UserError(`unknown ${what} "${name}"`, {
    hint: advice === "" ? suggestion : `${suggestion} ${advice}`,
  });
}

/** Levenshtein distance by the two-row recurrence. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length]!;
}
