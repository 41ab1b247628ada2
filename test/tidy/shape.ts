/**
 * Size, names and wording of files: what a reader meets before reading. Lengths of functions are
 * found by matching brackets in the blanked code.
 */

import { exportsOf } from "./modules.ts";
import { lineAt, type SourceFile } from "./source.ts";

const MAX_COLUMNS = 100;
const MAX_FUNCTION_LINES = 70;
const MAX_VALUE_EXPORTS = 7;
const MAX_TYPE_EXPORTS = 12;

/** A vocabulary, not a module that does too much. */
const MAY_EXPORT_MORE = "src/units.ts";

const FILE_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:property|test|contract|bench|d))*\.ts$/;
const FOLDER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const EMPTY_NAMES = ["util", "utils", "helper", "helpers", "common", "misc"];

/** Words that open a parenthesis which is no parameter list. */
const CONTROL_WORDS = ["if", "for", "while", "switch", "catch", "with", "await", "return", "async"];

/** What every file obeys: line and file length, names, types, unfinished work. */
export function fileViolations(file: SourceFile, maxLines: number): string[] {
  const lines = file.text.replace(/\n$/, "").split("\n");
  const violations = lines.flatMap((line, index) =>
    [...line].length > MAX_COLUMNS
      ? [`${file.path}:${index + 1}: ${[...line].length} columns, at most ${MAX_COLUMNS}`]
      : [],
  );
  if (lines.length > maxLines) {
    violations.push(`${file.path}:${lines.length}: ${lines.length} lines, at most ${maxLines}`);
  }
  return [
    ...violations,
    ...nameViolations(file.path),
    ...matches(
      file,
      file.code,
      /(?<![.\w$]|\b(?:const|let)\s+)any\b(?!\s*[:(?])/g,
      "has the type any",
    ),
    ...matches(file, file.code, /(?<![.\w$])enum\s+[A-Za-z_$]/g, "declares an enum"),
    ...matches(file, comments(file), /\b(?:TO[D]O|FIX[M]E|XX[X])\b/g, "leaves work undone"),
  ];
}

/** What the files of src obey besides: a header, few exports, short functions. */
export function moduleViolations(file: SourceFile): string[] {
  const violations: string[] = [];
  if (!/^(?:#!.*\n+)?(?:\/\*|\/\/)/.test(file.text)) {
    violations.push(`${file.path}:1: no header comment`);
  }
  const exported = exportsOf(file);
  const types = exported.filter(({ isType }) => isType).length;
  const values = exported.length - types;
  const isLarge = values > MAX_VALUE_EXPORTS && file.path !== MAY_EXPORT_MORE;
  if (isLarge || types > MAX_TYPE_EXPORTS) {
    const limits = `at most ${MAX_VALUE_EXPORTS} and ${MAX_TYPE_EXPORTS}`;
    violations.push(`${file.path}:1: exports ${values} values and ${types} types, ${limits}`);
  }
  for (const { line, lines } of functionLengths(file)) {
    if (lines <= MAX_FUNCTION_LINES) continue;
    violations.push(
      `${file.path}:${line}: function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`,
    );
  }
  return violations;
}

/** First line and number of lines of each function, method and arrow function with a body. */
export function functionLengths({ code }: SourceFile): { line: number; lines: number }[] {
  const partner = matchBrackets(code);
  const found: { line: number; lines: number }[] = [];
  const add = (start: number, body: number) => {
    const line = lineAt(code, start);
    found.push({ line, lines: lineAt(code, partner.get(body) ?? body) - line + 1 });
  };
  for (const [open, close] of partner) {
    if (code[open] === "(" && isParameterList(code, open)) {
      const body = bodyAfter(code, close + 1, partner);
      if (body !== undefined) add(open, body);
    } else if (code[open] === "{") {
      const before = code.slice(0, open).trimEnd();
      if (before.endsWith("=>")) add(arrowStart(before, partner), open);
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

function nameViolations(path: string): string[] {
  const parts = path.split("/");
  const name = parts.pop()!;
  const violations: string[] = [];
  if (!FILE_NAME.test(name) || !parts.every((part) => FOLDER_NAME.test(part))) {
    violations.push(`${path}:1: the name is not in kebab-case`);
  }
  const words = [...parts, name.replace(/\..*$/, "")];
  if (words.some((word) => EMPTY_NAMES.includes(word))) {
    violations.push(`${path}:1: the name says nothing about the content`);
  }
  return violations;
}

function matches(file: SourceFile, text: string, pattern: RegExp, why: string): string[] {
  return [...text.matchAll(pattern)].map(
    (match) => `${file.path}:${lineAt(text, match.index)}: ${why}`,
  );
}

/** The complement of the code: comments and the contents of strings. */
function comments({ text, code }: SourceFile): string {
  return text.replace(/\S/g, (character, index: number) => (code[index] === " " ? character : " "));
}

/** Position of the closing bracket of each opening one. */
function matchBrackets(code: string): Map<number, number> {
  const partner = new Map<number, number>();
  const open: number[] = [];
  for (let index = 0; index < code.length; index++) {
    if ("({[".includes(code[index]!)) open.push(index);
    if (!")}]".includes(code[index]!)) continue;
    const start = open.pop();
    if (start !== undefined) partner.set(start, index);
  }
  return partner;
}

/** Whether a name, a generic or `function` stands before this parenthesis. */
function isParameterList(code: string, open: number): boolean {
  const before = code.slice(Math.max(0, open - 200), open).trimEnd();
  const word = /[\w$]+$/.exec(before)?.[0];
  return word === undefined ? /[>\]*]$/.test(before) : !CONTROL_WORDS.includes(word);
}

/** The brace that opens a body after a parameter list; undefined when none follows. */
function bodyAfter(
  code: string,
  from: number,
  partner: ReadonlyMap<number, number>,
): number | undefined {
  let previous = "";
  for (let index = from; index < code.length; index++) {
    const character = code[index]!;
    if (/\s/.test(character)) continue;
    if (previous === "" && character !== "{" && character !== ":") return undefined;
    if (";)}".includes(character)) return undefined;
    if (character === "{" && /\w|^$|[\])}>]/.test(previous)) {
      return code.slice(from, index).trimEnd().endsWith("=>") ? undefined : index;
    }
    // Brackets in the type of what is returned.
    if ("({[".includes(character)) index = partner.get(index) ?? code.length;
    previous = code[index] ?? "";
  }
  return undefined;
}

/** Where the parameters of an arrow function begin, given the code up to its arrow. */
function arrowStart(before: string, partner: ReadonlyMap<number, number>): number {
  const close = before.slice(0, -2).trimEnd().length - 1;
  for (const [open, end] of partner) if (end === close && before[open] === "(") return open;
  return close;
}
