/**
 * The controller of a plan file: its schema, and the way from the file to a deployment and back.
 */

import { z } from "zod";
import {
  CALL_ORDERS,
  type Control,
  type HpaControl,
  KUBERNETES_DEFAULTS,
} from "../deployment/control.ts";
import { UserError, unknownName } from "../errors.ts";
import type { Attempt } from "./located-errors.ts";
import { positiveQuantity, quantity, writeQuantity } from "./quantity.ts";

/** As Kubernetes scales; what is left out is as there. */
const hpaSchema = z
  .strictObject({
    kind: z.literal("hpa"),
    interval: positiveQuantity("duration").optional(),
    /** Calls in flight on a replica, by LLM. */
    target_calls: z.record(z.string(), z.number().positive()),
    tolerance: z.number().min(0).optional(),
    scale_up_delay: quantity("duration").optional(),
    scale_down_delay: quantity("duration").optional(),
    min_replicas: z.int().min(1).optional(),
    max_replicas: z.int().min(1),
  })
  .refine(
    ({ min_replicas = KUBERNETES_DEFAULTS.minReplicas, max_replicas }) => {
      return min_replicas <= max_replicas;
    },
    {
      error: "expected a number not below min_replicas",
      path: ["max_replicas"],
    },
  );

/** Priorities by what is known of the workflow. */
const ayoSchema = z.strictObject({
  kind: z.literal("ayo"),
  order: z.enum(CALL_ORDERS).optional(),
});

/** Models that take turns on a pool of GPUs. */
const aegaeonSchema = z.strictObject({
  kind: z.literal("aegaeon"),
  quantum: positiveQuantity("duration"),
  affinity: z.number().min(0),
});

/** Who changes the deployment while it runs. */
export const controlSchema = z.discriminatedUnion("kind", [hpaSchema, ayoSchema, aegaeonSchema], {
  error: "expected hpa or ayo or aegaeon",
});

/** What `readControl` is given beside the controller of the file. */
interface ControlContext {
  /** The plan's LLMs, in order. */
  readonly names: readonly string[];
  readonly attempt: Attempt;
}

/** The controller that a plan file describes. */
export function readControl(
  control: z.infer<typeof controlSchema>,
  context: ControlContext,
): Control {
  switch (control.kind) {
    case "hpa":
      return readHpa(control, context);
    case "ayo":
      return { kind: "ayo", order: control.order ?? CALL_ORDERS[0] };
    case "aegaeon":
      return { kind: "aegaeon", quantum: control.quantum, affinity: control.affinity };
  }
}

function readHpa(
  control: z.infer<typeof hpaSchema>,
  { names, attempt }: ControlContext,
): HpaControl {
  const defaults = KUBERNETES_DEFAULTS;
  const { target_calls } = control;
  for (const name of Object.keys(target_calls)) {
    attempt(["control", "target_calls", name], () => checkLlm(name, names), "key");
  }
  return {
    kind: "hpa",
    interval: control.interval ?? defaults.interval,
    targetCalls: names.map((name) =>
      attempt(["control", "target_calls"], () => targetOf(name, target_calls)),
    ),
    tolerance: control.tolerance ?? defaults.tolerance,
    scaleUpDelay: control.scale_up_delay ?? defaults.scaleUpDelay,
    scaleDownDelay: control.scale_down_delay ?? defaults.scaleDownDelay,
    minReplicas: control.min_replicas ?? defaults.minReplicas,
    maxReplicas: control.max_replicas,
  };
}

function checkLlm(name: string, names: readonly string[]): void {
  if (!names.includes(name)) throw unknownName("LLM", name, names);
}

function targetOf(name: string, targets: Readonly<Record<string, number>>): number {
  const target = targets[name];
  if (target !== undefined) return target;
  throw new UserError(`no target for ${name}`, { hint: `add a line such as \`${name}: 16\`` });
}

/** The controller as a plan file has it, for a plan with LLMs of these names. */
export function writeControl(control: Control, names: readonly string[]): object {
  switch (control.kind) {
    case "hpa":
      return writeHpa(control, names);
    case "ayo":
      return { ...control };
    case "aegaeon": {
      const { kind, quantum, affinity } = control;
      return { kind, quantum: writeQuantity("duration", quantum), affinity: affinity };
    }
  }
}

function writeHpa(control: HpaControl, names: readonly string[]): object {
  return {
    kind: "hpa",
    interval: writeQuantity("duration", control.interval),
    target_calls: Object.fromEntries(names.map((name, llm) => [name, control.targetCalls[llm]!])),
    tolerance: control.tolerance,
    scale_up_delay: writeQuantity("duration", control.scaleUpDelay),
    scale_down_delay: writeQuantity("duration", control.scaleDownDelay),
    min_replicas: control.minReplicas,
    max_replicas: control.maxReplicas,
  };
}
