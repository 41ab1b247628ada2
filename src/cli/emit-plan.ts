/**
 * `sim plan --emit`: a plan as what an orchestrator starts, in YAML.
 */

import { formatObjects } from "../config/format-objects.ts";
import { composeFile } from "../deployment/compose.ts";
import { kubernetesObjects } from "../deployment/kubernetes.ts";
import type { Deployment } from "../deployment/plan.ts";
import { unknownName } from "../errors.ts";
import type { LoadedWorkload } from "./workload-options.ts";

const FORMATS = ["kubernetes", "compose"] as const;

/** What a plan can be emitted as. */
export type EmitFormat = (typeof FORMATS)[number];

const NEEDS: Readonly<Record<EmitFormat, readonly string[]>> = {
  kubernetes: [
    "Needs: nodes labelled kubernetes.io/hostname as in the plan, whose GPUs are kept for it;",
    "the RuntimeClass nvidia; on each node an MPS control daemon run by root, with its pipes in",
    "/tmp/nvidia-mps (unless the plan says time-slicing); for gated models, a Secret hugging-face",
    "with the key token. GPUs are numbered as nvidia-smi does.",
  ],
  compose: [
    "Needs: the NVIDIA Container Toolkit; HF_TOKEN in the environment for gated models.",
    "GPUs are numbered as nvidia-smi does; servers listen on port 8000 and those that follow.",
  ],
};

/** The value of `--emit`. */
export function parseEmit(text: string): EmitFormat {
  const found = FORMATS.find((format) => format === text);
  if (found === undefined) throw unknownName("--emit", text, FORMATS);
  return found;
}

/** The YAML text of `deployment`. */
export function formatEmitted(
  format: EmitFormat,
  deployment: Deployment,
  { workflow, sources, planner }: Pick<LoadedWorkload, "workflow" | "sources" | "planner">,
): string {
  const name = workflow.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const plan = (name === "" ? "plan" : name).slice(0, 63).replace(/-$/, "");
  const objects =
    format === "kubernetes" ? kubernetesObjects(deployment, plan) : [composeFile(deployment)];
  const title = `Plan of ${workflow.name} on ${sources.cluster} by ${planner.name}`;
  const leftOut = "Not written: the plan's routers and its control.";
  return formatObjects(objects, [title, ...NEEDS[format], leftOut]);
}
