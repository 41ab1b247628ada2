/**
 * Checks that the names in a workflow's steps are declared, and that what is declared is used.
 * It walks the raw file, whatever its shape, so that its findings come together with those of the
 * schema.
 */

import { similarNames } from "../errors.ts";
import { type Path, type Problem, valueAt } from "./schema-problems.ts";

/** Wrong or missing references between the parts of a workflow file. */
export function checkReferences(raw: unknown): Problem[] {
  const references = [...referencesIn(valueAt(raw, ["steps"]), ["steps"])];
  for (const name of keysOf(valueAt(raw, ["subworkflows"]))) {
    const path = ["subworkflows", name, "steps"];
    references.push(...referencesIn(valueAt(raw, path), path));
  }
  return [
    ...checkKind(raw, references, { kind: "llm", section: "llms", label: "LLM" }),
    ...checkKind(raw, references, {
      kind: "conversation",
      section: "conversations",
      label: "conversation",
    }),
    ...checkKind(raw, references, {
      kind: "subworkflow",
      section: "subworkflows",
      label: "subworkflow",
    }),
    ...checkKind(raw, references, { kind: "pool", section: "tool_pools", label: "tool pool" }),
  ];
}

/** A name in a step. */
interface Reference {
  readonly kind: "llm" | "conversation" | "subworkflow" | "pool";
  readonly name: string;
  readonly path: Path;
}

/** Where names of one kind are declared. */
interface Declarations {
  readonly kind: Reference["kind"];
  readonly section: string;
  readonly label: string;
}

function checkKind(
  raw: unknown,
  references: readonly Reference[],
  { kind, section, label }: Declarations,
): Problem[] {
  const declared = keysOf(valueAt(raw, [section]));
  const used = references.filter((reference) => reference.kind === kind);
  const unknown = used
    .filter(({ name }) => !declared.includes(name))
    .map(({ name, path }): Problem => {
      const similar = similarNames(name, declared);
      const hint =
        similar.length > 0
          ? `did you mean ${similar.join(" or ")}?`
          : `declare it under ${section}: (declared: ${declared.join(", ") || "none"})`;
      return { path, target: "value", message: `unknown ${label} "${name}"`, hint };
    });
  const unused = (Array.isArray(valueAt(raw, ["steps"])) ? declared : [])
    .filter((name) => !used.some((reference) => reference.name === name))
    .map((name): Problem => {
      const message = `${label} "${name}" is declared but no step uses it`;
      return { path: [section, name], target: "key", message, hint: "use it or remove it" };
    });
  return [...unknown, ...unused];
}

/** Every reference in a list of steps and in the steps inside them. */
function* referencesIn(steps: unknown, path: Path): Generator<Reference> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    yield* reference("llm", valueAt(step, ["call"]), [...at, "call"]);
    yield* reference("subworkflow", valueAt(step, ["run"]), [...at, "run"]);
    yield* reference("pool", valueAt(step, ["pool"]), [...at, "pool"]);
    for (const inner of [["conversation"], ["result", "conversation"]]) {
      yield* reference("conversation", valueAt(step, inner), [...at, ...inner]);
    }
    for (const inner of ["loop", "parallel"]) {
      yield* referencesIn(valueAt(step, [inner, "steps"]), [...at, inner, "steps"]);
    }
    const arms = valueAt(step, ["branch"]);
    if (!Array.isArray(arms)) continue;
    for (const [arm, value] of arms.entries()) {
      yield* referencesIn(valueAt(value, ["steps"]), [...at, "branch", arm, "steps"]);
    }
  }
}

function* reference(kind: Reference["kind"], name: unknown, path: Path): Generator<Reference> {
  if (typeof name === "string") yield { kind, name, path };
}

function keysOf(value: unknown): string[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? Object.keys(value) : [];
}
