/**
 * The project's TypeScript as text for the tidy checks: read from disk, with comments and the
 * contents of strings, templates and regular expressions blanked out so that patterns see code
 * only. A scanner of characters, no parser: it knows as much of the syntax as the checks need.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the project. */
export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` of the same length, with all but code replaced by spaces; quotes stay. */
  readonly code: string;
}

const LOCAL_FOLDERS = [".git", "node_modules", "dist", "coverage", "results"];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A file with this content, as read from disk or as made up by a test. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: maskSource(text) };
}

/** All TypeScript files under a folder of the project, by path; none when it does not exist. */
export function readSourceTree(folder: string): SourceFile[] {
  return listFiles(folder)
    .filter((path) => path.endsWith(".ts"))
    .map((path) => sourceFile(path, readFileSync(join(ROOT, path), "utf8")));
}

/** Paths of all files of the project, without what is installed, built or simulated. */
export function listProject(): string[] {
  const entries = readdirSync(ROOT, { withFileTypes: true });
  return [
    ...entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    ...entries
      .filter((entry) => entry.isDirectory() && !LOCAL_FOLDERS.includes(entry.name))
      .flatMap(({ name }) => listFiles(name)),
    ...listFiles("results/reference"),
  ];
}

/** Paths of all files under a folder of the project, sorted. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .sort();
  } catch {
    return [];
  }
}

/** Text of a file of the project; undefined when it does not exist. */
export function readProjectFile(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Line number, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index >= 0 && index < position; line++) {
    index = text.indexOf("\n", index + 1);
  }
  return line;
}

/** `source` with everything but code blanked, keeping length, line breaks and quotes. */
export function maskSource(source: string): string {
  const masked: string[] = [];
  /** Depth of braces inside each template substitution that is open. */
  const substitutions: number[] = [];
  let position = 0;

  const keep = (end: number) => {
    masked.push(source.slice(position, end));
    position = end;
  };
  const blank = (end: number) => {
    masked.push(source.slice(position, end).replace(/[^\n]/g, " "));
    position = end;
  };
  /** Blanks the text of a template up to its end or its next substitution. */
  const templateText = () => {
    const end = endOfTemplateText(source, position);
    blank(end);
    const opensSubstitution = source[end] === "$";
    if (opensSubstitution) substitutions.push(0);
    keep(Math.min(source.length, end + (opensSubstitution ? 2 : 1)));
  };

  while (position < source.length) {
    const character = source[position]!;
    const depth = substitutions.at(-1);
    if (source.startsWith("//", position)) blank(endOfLine(source, position));
    else if (source.startsWith("/*", position)) blank(endOfBlockComment(source, position));
    else if (character === '"' || character === "'") {
      const end = endOfDelimited(source, position, character);
      keep(position + 1);
      blank(end - 1);
      keep(end);
    } else if (character === "`") {
      keep(position + 1);
      templateText();
    } else if (character === "/" && startsRegExp(masked.join(""))) {
      blank(endOfRegExp(source, position));
    } else if (character === "}" && depth === 0) {
      substitutions.pop();
      keep(position + 1);
      templateText();
    } else {
      if (depth !== undefined && character === "{") substitutions.push(substitutions.pop()! + 1);
      if (depth !== undefined && character === "}") substitutions.push(substitutions.pop()! - 1);
      keep(position + 1);
    }
  }
  return masked.join("");
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end < 0 ? source.length : end;
}

function endOfBlockComment(source: string, from: number): number {
  const end = source.indexOf("*/", from + 2);
  return end < 0 ? source.length : end + 2;
}

/** Past the closing delimiter of a string that opens at `from`. */
function endOfDelimited(source: string, from: number, delimiter: string): number {
  let position = from + 1;
  while (position < source.length && source[position] !== delimiter) {
    position += source[position] === "\\" ? 2 : 1;
  }
  return Math.min(source.length, position + 1);
}

/** Where template text that starts at `from` stops: at a backtick or at a substitution. */
function endOfTemplateText(source: string, from: number): number {
  let position = from;
  while (position < source.length && source[position] !== "`") {
    if (source.startsWith("${", position)) return position;
    position += source[position] === "\\" ? 2 : 1;
  }
  return Math.min(source.length, position);
}

/** Past the closing slash of a regular expression; slashes inside [...] do not close it. */
function endOfRegExp(source: string, from: number): number {
  let isInClass = false;
  let position = from + 1;
  while (position < source.length && (isInClass || source[position] !== "/")) {
    if (source[position] === "[") isInClass = true;
    if (source[position] === "]") isInClass = false;
    position += source[position] === "\\" ? 2 : 1;
  }
  return Math.min(source.length, position + 1);
}

/** Whether a slash after this code starts a regular expression rather than a division. */
function startsRegExp(before: string): boolean {
  return /(?:^|[(,=:[!&|?{};*%~^<>]|[^+]\+|[^-]-|\b(?:return|typeof|case|in|of))\s*$/.test(before);
}
