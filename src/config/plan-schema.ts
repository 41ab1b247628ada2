/**
 * The schema of a plan file: for each LLM its engine parameters and its replicas, each a TP group
 * of GPUs by id with a share of their SMs.
 */

import { z } from "zod";
import { ROUTER_NAMES } from "../deployment/plan.ts";
import { SHARING_MODES } from "../hardware/interference.ts";
import { controlSchema } from "./control-schema.ts";
import { engineParameters } from "./engine-schema.ts";
import { weightsSchema } from "./model-schema.ts";
import { positiveQuantity } from "./quantity.ts";

const replicaSchema = z.strictObject({
  /** As many GPUs as the TP degree. */
  gpus: z.array(z.string()).min(1),
  share: z
    .number({ error: "expected a share in (0, 1]" })
    .refine((value) => value > 0 && value <= 1, {
      error: "expected a share in (0, 1]",
    }),
  /** Bytes on each GPU. */
  memory: positiveQuantity("size").optional(),
});

/** Who decides which replica gets a call. */
const routerSchema = z.enum(ROUTER_NAMES).optional();

const llmSchema = z.strictObject({
  /** Default: the LLM's name. */
  model: z.string().min(1).optional(),
  /** Precision of the layers' matrices; default: the model's. */
  weights: weightsSchema.optional(),
  engine: z.string().min(1).optional(),
  /** Default: the plan's. */
  router: routerSchema,
  ...z.strictObject(engineParameters).partial().shape,
  replicas: z.array(replicaSchema).min(1),
});

/** A plan file. */
export const planSchema = z.strictObject({
  cluster: z.string().min(1).optional(),
  engine: z.string().min(1).optional(),
  router: routerSchema,
  /** How the tenants of a GPU share it. */
  sharing: z.enum(SHARING_MODES).optional(),
  /** A controller that changes the deployment while it runs. */
  control: controlSchema.optional(),
  llms: z
    .record(z.string(), llmSchema)
    .refine((llms) => Object.keys(llms).length > 0, { error: "expected at least one LLM" }),
});

/** A plan file as read. */
export type PlanFile = z.infer<typeof planSchema>;
