/**
 * Loads a workflow by bundled name or path. The models it names are looked up, not read: a run
 * may put others in their place.
 */

import { dirname, resolve } from "node:path";
import type { Workflow } from "../workflow/program.ts";
import { findFile, isPath, type LoadOptions, readCatalogFile } from "./catalog.ts";
import { readColumns } from "./csv-distributions.ts";
import { findModelFile } from "./load-model.ts";
import { collectProblems } from "./located-errors.ts";
import { checkReferences } from "./workflow-references.ts";
import { workflowSchema } from "./workflow-schema.ts";
import { nameOfFile } from "./yaml-file.ts";

/** A workflow; paths of model files in it are made absolute. */
export function loadWorkflow(spec: string, options: LoadOptions = {}): Workflow {
  const path = findFile("workflow", spec, options);
  const from = dirname(path);
  const read = readCatalogFile(path, workflowSchema, {
    ...options,
    check: checkReferences,
    expand: (raw) => readColumns(raw, from),
  });
  const llms = collectProblems(read, (attempt) =>
    read.value.llms.map(({ name, model }) => {
      attempt(["llms", name, "model"], () => findModelFile(model, { from }));
      return { name, model: isPath(model) ? resolve(from, model) : model };
    }),
  );
  return { ...read.value, name: read.value.name ?? nameOfFile(path), llms };
}
