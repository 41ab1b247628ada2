/**
 * Reads a YAML file, checks it against a schema and reports every problem at once, each with its
 * line and column.
 */

import { basename } from "node:path";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { type SourcePosition, UserError, UserErrors } from "../errors.ts";
import { displayPath, type LoadedFile, loadedFile, readInputBytes } from "./input-file.ts";
import { formatPath, type Path, type Problem, validate } from "./schema-problems.ts";

/** A checked file, and where its parts stand. */
export interface YamlFile<T> {
  readonly value: T;
  readonly file: LoadedFile;
  /** Others that its values come from. */
  readonly otherFiles: readonly LoadedFile[];
  /** The position of a value, or of its key. */
  locate(path: Path, target?: Problem["target"]): SourcePosition;
}

/** Finds problems that a schema cannot; `raw` may be malformed in any way. */
export type FileCheck = (raw: unknown) => readonly Problem[];

/** A raw value with what other files have for it, and what is wrong with it and with these. */
export interface Expansion {
  readonly raw: unknown;
  readonly files: readonly LoadedFile[];
  readonly problems: readonly Problem[];
  readonly errors: readonly UserError[];
}

/** What is done with a file besides its schema. */
export interface FileSteps {
  readonly check?: FileCheck;
  /** Comes before the schema; `raw` may be malformed in any way. */
  readonly expand?: (raw: unknown) => Expansion;
}

/** Reads and checks a file; throws UserErrors with all that is wrong. */
export function readYamlFile<T>(
  path: string,
  schema: z.ZodType<T>,
  { check = () => [], expand = unexpanded }: FileSteps = {},
): YamlFile<T> {
  const file = displayPath(path);
  const bytes = readInputBytes(path, "YAML file");
  const lines = new LineCounter();
  const document = parseDocument(bytes.toString("utf8"), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const locate = (at: Path, target: Problem["target"] = "value") =>
    positionOf(file, lines, findOffset(document, at, target));
  if (document.errors.length > 0) throw new UserErrors(syntaxErrors(document, file, lines));
  if (document.contents === null || (isScalar(document.contents) && !document.contents.value)) {
    throw new UserErrors([new UserError("the file is empty", { where: { file } })]);
  }

  const expansion = expand(toPlain(document, file));
  const { raw } = expansion;
  const result = validate(schema, raw);
  const problems = [...(result.problems ?? []), ...check(raw), ...expansion.problems];
  const errors = problems.map((problem) => problemError(problem, locate)).sort(byPosition);
  errors.push(...expansion.errors);
  if (errors.length > 0 || result.problems !== undefined) throw new UserErrors(errors);
  return {
    value: result.value,
    file: loadedFile(path, bytes),
    otherFiles: expansion.files,
    locate,
  };
}

function unexpanded(raw: unknown): Expansion {
  return { raw, files: [], problems: [], errors: [] };
}

/** The UserError of a problem, led by the path of the value. */
export function problemError(problem: Problem, locate: YamlFile<unknown>["locate"]): UserError {
  const { path, target, message, hint } = problem;
  const shown = formatPath(target === "key" ? path.slice(0, -1) : path);
  return new UserError(shown === "" ? message : `${shown}: ${message}`, {
    where: locate(path, target),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The name that a file gives to what it holds. */
export function nameOfFile(path: string): string {
  return basename(path).replace(/\.ya?ml$/i, "");
}

function syntaxErrors(document: Document, file: string, lines: LineCounter): UserError[] {
  return document.errors.map(({ code, message, pos }) => {
    const where = positionOf(file, lines, pos[0]);
    if (code === "DUPLICATE_KEY") {
      return new UserError("a key appears twice in the same map", {
        where,
        hint: "remove one of them",
      });
    }
    if (code === "MULTIPLE_DOCS") {
      return new UserError("a second YAML document starts here", { where, hint: "keep only one" });
    }
    const reason = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
    return new UserError(`not valid YAML: ${reason}`, { where });
  });
}

/** Plain values; refuses files whose aliases expand without end or lead back to themselves. */
function toPlain(document: Document, file: string): unknown {
  try {
    const raw: unknown = document.toJS();
    JSON.stringify(raw);
    return raw;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const unresolved = /^Unresolved alias.*: (.*)$/.exec(error.message)?.[1];
    const message =
      unresolved !== undefined
        ? `the alias *${unresolved} has no anchor &${unresolved} before it`
        : "its aliases (*name) lead back to themselves or expand too far";
    throw new UserErrors([new UserError(message, { where: { file } })]);
  }
}

/** Where the value (or key) at `path` starts; the nearest enclosing value if it has no node. */
function findOffset(document: Document, path: Path, target: Problem["target"]): number {
  if (target === "key" && path.length > 0) {
    const parent = nodeAt(document, path.slice(0, -1));
    const key = String(path.at(-1));
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** The node at `path`; map keys that are numbers in the file are met under their text. */
function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isMap(node)) {
      const key = String(part);
      node = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)?.value;
    } else {
      node = isNode(node) && "get" in node ? node.get(part, true) : undefined;
    }
  }
  return node;
}

function positionOf(file: string, lines: LineCounter, offset: number): SourcePosition {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}

function byPosition(a: UserError, b: UserError): number {
  const line = (a.where?.line ?? 0) - (b.where?.line ?? 0);
  return line === 0 ? (a.where?.column ?? 0) - (b.where?.column ?? 0) : line;
}
