/**
 * Imports and exports between the files of the project: static, re-exporting, dynamic and worker
 * URLs. Only relative paths are followed; names in `import { … }` are those that were exported.
 */

import { posix } from "node:path";
import { lineAt, type SourceFile } from "./source.ts";

/** One import of another module. */
export interface ModuleImport {
  /** As written: `./errors.ts`, `node:fs`. */
  readonly specifier: string;
  /** Path of the imported file from the project's root; undefined unless relative. */
  readonly target: string | undefined;
  readonly line: number;
  /** Exported names that are taken, or "all" where they cannot be told apart. */
  readonly names: readonly string[] | "all";
}

/** One exported name. */
export interface ModuleExport {
  readonly name: string;
  readonly line: number;
  readonly isType: boolean;
}

/** A specifier's opening quote, its blanked content, and what stands before it. */
const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\bnew\s+URL\s*\()\s*(["'])([ ]*)\1/g;

const MODIFIERS = "(?:(?:default|declare|async|abstract)\\s+)*";
const KINDS = "const|let|function\\s*\\*?|class|interface|type";
const DECLARATION = new RegExp(`^export\\s+${MODIFIERS}(${KINDS})\\s+([\\w$]+)`, "gm");
const EXPORT_LIST = /^export\s+(type\s+)?\{([^}]*)\}/gm;

/** The imports of a file, in order. */
export function importsOf(file: SourceFile): ModuleImport[] {
  return [...file.code.matchAll(SPECIFIER)].flatMap((match) => {
    const end = match.index + match[0].length - 1;
    const specifier = file.text.slice(end - match[2]!.length, end);
    if (match[0].startsWith("new") && !/\.[jt]s$/.test(specifier)) return [];
    return {
      specifier,
      target: resolveImport(file.path, specifier),
      line: lineAt(file.code, end),
      names: importedNames(file.code, match.index, match[0], end),
    };
  });
}

/** The exports of a file, in order; a name exported as value and type is listed once. */
export function exportsOf(file: SourceFile): ModuleExport[] {
  const found: (ModuleExport & { position: number })[] = [];
  const add = (name: string, position: number, isType: boolean) => {
    if (found.some((other) => other.name === name)) return;
    found.push({ name, line: lineAt(file.code, position), isType, position });
  };
  for (const match of file.code.matchAll(DECLARATION)) {
    add(match[2]!, match.index, match[1] === "interface" || match[1] === "type");
  }
  for (const match of file.code.matchAll(EXPORT_LIST)) {
    for (const { isType, last } of listedNames(match[2]!)) {
      add(last, match.index, isType || match[1] !== undefined);
    }
  }
  return found
    .sort((a, b) => a.position - b.position)
    .map(({ name, line, isType }) => ({ name, line, isType }));
}

/**
 * Exported values of `declaring` files that no file of `using` imports. Types may be exported for
 * the signatures that they stand in.
 */
export function deadExports(
  declaring: readonly SourceFile[],
  using: readonly SourceFile[],
): string[] {
  const used = new Map<string, Set<string> | "all">();
  for (const { target, names } of using.flatMap(importsOf)) {
    if (target === undefined || used.get(target) === "all") continue;
    const known = used.get(target) as Set<string> | undefined;
    used.set(target, names === "all" ? "all" : new Set([...(known ?? []), ...names]));
  }
  return declaring.flatMap((file) => {
    const names = used.get(file.path) ?? new Set<string>();
    if (names === "all") return [];
    return exportsOf(file)
      .filter(({ name, isType }) => !isType && !names.has(name))
      .map(({ name, line }) => `${file.path}:${line}: export "${name}" is imported nowhere`);
  });
}

function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** What an import that starts with `head` at `start` and ends at `end` takes. */
function importedNames(
  code: string,
  start: number,
  head: string,
  end: number,
): readonly string[] | "all" {
  if (head.startsWith("from")) {
    const clause = code.slice(lastStatementStart(code, start), start);
    if (clause.includes("*")) return "all";
    const list = /\{([^}]*)\}/.exec(clause);
    return list === null ? ["default"] : listedNames(list[1]!).map(({ first }) => first);
  }
  if (!/\(/.test(head)) return [];
  const property = /^["'](?:\s*\))+\s*\.\s*(?!then\b)([\w$]+)/.exec(code.slice(end, end + 200));
  if (property !== null) return [property[1]!];
  const pattern = /\{([^{}]*)\}\s*=\s*await\s*$/.exec(code.slice(0, start));
  return pattern === null ? "all" : listedNames(pattern[1]!).map(({ first }) => first);
}

/** Where the import or export statement begins that holds the `from` at `position`. */
function lastStatementStart(code: string, position: number): number {
  const starts = [...code.slice(0, position).matchAll(/^(?:import|export)\b/gm)];
  return starts.at(-1)?.index ?? position;
}

/** The entries of `a, type b, c as d, e: f`, with the name before and after renaming. */
function listedNames(list: string): { isType: boolean; first: string; last: string }[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => {
      const isType = /^type\s/.test(entry);
      const [first, last] = entry.replace(/^type\s+/, "").split(/\s+as\s+|\s*:\s*/);
      return { isType, first: first!, last: last ?? first! };
    });
}
