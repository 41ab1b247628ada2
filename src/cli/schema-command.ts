/** `sim schema`: the JSON Schema of an input file, for editors and other programs. */

import { z } from "zod";
import { clusterSchema } from "../config/cluster-schema.ts";
import { engineSchema } from "../config/engine-schema.ts";
import { gpuSchema } from "../config/gpu-schema.ts";
import { modelSchema } from "../config/model-schema.ts";
import { planSchema } from "../config/plan-schema.ts";
import { sweepSchema } from "../config/sweep-schema.ts";
import { workflowSchema } from "../config/workflow-schema.ts";
import { unknownName } from "../errors.ts";

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  workflow: workflowSchema,
  cluster: clusterSchema,
  gpu: gpuSchema,
  model: modelSchema,
  engine: engineSchema,
  plan: planSchema,
  sweep: sweepSchema,
};

/** Prints the schema of a kind of file; without one, the kinds. */
export function schemaCommand(kind: string | undefined): void {
  if (kind === undefined) {
    process.stdout.write(`${Object.keys(SCHEMAS).join("\n")}\n`);
    return;
  }
  const schema = SCHEMAS[kind];
  if (schema === undefined) throw unknownName("kind of file", kind, Object.keys(SCHEMAS));
  // What only code can check (that names are declared, that sums fit) is left out.
  const document = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  process.stdout.write(`${JSON.stringify({ title: `sim ${kind} file`, ...document }, null, 2)}\n`);
}
