/**
 * What the documents claim about the tree: the map in ARCHITECTURE.md and the tests that
 * INVARIANTS.md names. The documents come in as text, the tree as a list of paths.
 */

/** A document with its path; `text` is undefined when the file is missing. */
export interface Document {
  readonly path: string;
  readonly text: string | undefined;
}

const MAP_HEADING = "## Map of the tree";

/** An entry of the map: a path, two spaces or more, a purpose. */
const MAP_ENTRY = /^(\S+)(?:\s{2,}(\S.*))?$/;

/** Files under src that the map leaves out, and entries without a file, folder or purpose. */
export function mapViolations(document: Document, paths: readonly string[]): string[] {
  const { path, text } = document;
  if (text === undefined) return [`${path}:1: the file is missing`];
  const lines = text.split("\n");
  const heading = lines.findIndex((line) => line.trimEnd() === MAP_HEADING);
  const start = lines.findIndex((line, index) => index > heading && line.startsWith("```"));
  const end = lines.findIndex((line, index) => index > start && line.startsWith("```"));
  if (heading < 0 || start < 0 || end < 0) {
    return [`${path}:1: no fenced block after the heading "${MAP_HEADING}"`];
  }
  const violations: string[] = [];
  const listed = new Set<string>();
  for (let index = start + 1; index < end; index++) {
    const line = lines[index]!.trim();
    if (line === "") continue;
    const [, entry, purpose] = MAP_ENTRY.exec(line) ?? [];
    const problem = entryProblem(entry, purpose, paths, listed);
    if (problem !== undefined) violations.push(`${path}:${index + 1}: ${problem}`);
    if (entry !== undefined) listed.add(entry);
  }
  const unlisted = paths.filter((file) => file.startsWith("src/") && !listed.has(file));
  return [...violations, ...unlisted.map((file) => `${path}:${start + 1}: ${file} is not listed`)];
}

/** Numbered items that name no test, and named tests that do not exist. */
export function invariantViolations(document: Document, paths: readonly string[]): string[] {
  const { path, text } = document;
  if (text === undefined) return [`${path}:1: the file is missing`];
  const items = numberedItems(text);
  if (items.length === 0) return [`${path}:1: no numbered item`];
  return items.flatMap(({ line, content }) => {
    const tests = [...content.matchAll(/`(test\/[^`\s]+)`/g)].map((match) => match[1]!);
    if (tests.length === 0) return [`${path}:${line}: names no test`];
    return tests
      .filter((test) => !paths.includes(test))
      .map((test) => `${path}:${line}: ${test} does not exist`);
  });
}

function entryProblem(
  entry: string | undefined,
  purpose: string | undefined,
  paths: readonly string[],
  listed: ReadonlySet<string>,
): string | undefined {
  if (entry === undefined) return "not a path, two spaces and a purpose";
  if (listed.has(entry)) return `${entry} is listed twice`;
  const isFolder = entry.endsWith("/");
  const exists = isFolder ? paths.some((file) => file.startsWith(entry)) : paths.includes(entry);
  if (!exists) return `${entry} does not exist`;
  return purpose === undefined ? `${entry} has no purpose` : undefined;
}

/** Items `1. …` or headings `## 1. …`, each up to the next one. */
function numberedItems(text: string): { line: number; content: string }[] {
  const items: { line: number; content: string }[] = [];
  text.split("\n").forEach((content, index) => {
    if (/^(?:#+\s+)?(?:\*\*)?\d+[.)]/.test(content)) items.push({ line: index + 1, content });
    else if (items.length > 0) items.at(-1)!.content += `\n${content}`;
  });
  return items;
}
