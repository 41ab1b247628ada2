/**
 * `sim profile`: how each LLM of a workload serves its calls alone, by TP degree, share and rate.
 * Prints tables or JSON, draws latency over rate, and saves what planners are told.
 */

import { join } from "node:path";
import Table from "cli-table3";
import { formatProfiles } from "../config/format-profiles.ts";
import { UserError } from "../errors.ts";
import type { OnProgress } from "../experiment/planning.ts";
import { prepare } from "../experiment/preparation.ts";
import { SCHEMA_VERSION } from "../experiment/summary.ts";
import {
  HIGHEST_LOAD,
  type LlmProfile,
  type ProfilePoint,
  profileAt,
  type SizeProfile,
} from "../llm/profile-table.ts";
import { writeOutput } from "../records/whole-file.ts";
import { createProgress } from "./progress.ts";
import { duration, percent, rate } from "./table-values.ts";
import { type LoadedWorkload, loadWorkload, type WorkloadOptions } from "./workload-options.ts";

/** As commander gives them. */
export interface ProfileOptions
  extends Pick<WorkloadOptions, "workload" | "llm" | "engine" | "seed" | "profiles"> {
  readonly cluster: string;
  readonly save?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Profiles and reports. */
export async function profileCommand(options: ProfileOptions): Promise<void> {
  const workload = loadWorkload(options);
  const progress = await createProgress(options.quiet === true || options.json === true);
  let named: readonly NamedProfile[];
  try {
    named = await profilesOf(workload, progress.update);
  } finally {
    progress.stop();
  }
  const { workflow, cluster, seed } = workload;
  if (options.save !== undefined) {
    writeOutput(options.save, formatProfiles(named), { what: "the profiles", option: "--save" });
  }
  const title = `${workflow.name}-${cluster.name}`;
  const pictures: string[] = [];
  for (const { name, profile } of named) {
    const picture = await draw(options.out, `profile-${title}-${name}`, { name, profile });
    if (picture !== undefined) pictures.push(picture);
  }
  const document = {
    schema_version: SCHEMA_VERSION,
    workload: workflow.name,
    cluster: cluster.name,
    seed,
    llms: Object.fromEntries(
      named.map(({ name, model, profile }) => [name, { model, sizes: profile.sizes.map(sizeOf) }]),
    ),
    pictures,
  };
  const text = named.map(({ name, model, profile }) => `${name} (${model})\n${tableOf(profile)}`);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(document, null, 2)}\n`
      : `${text.join("\n\n")}\nPictures: ${pictures.join(", ")}\n`,
  );
}

/** The profile of an LLM. */
interface NamedProfile {
  readonly name: string;
  /** Name of its model. */
  readonly model: string;
  readonly profile: LlmProfile;
}

/** Profiles of the workload's LLMs, and of those that its workflows may share. */
async function profilesOf(
  workload: LoadedWorkload,
  onProgress: OnProgress,
): Promise<readonly NamedProfile[]> {
  const named = new Map<string, NamedProfile>();
  for (const served of [workload, ...(workload.sharings ?? [])]) {
    const prepared = await prepare({ ...workload, ...served }, (done, stage) =>
      onProgress(stage, done),
    );
    if ("infeasible" in prepared) {
      throw new UserError(prepared.infeasible, { hint: "take larger GPUs, or smaller models" });
    }
    served.llms.forEach(({ name, model }, llm) => {
      const profile = prepared.profiles[llm]!;
      if (!named.has(name)) named.set(name, { name, model: model.name, profile });
    });
  }
  return [...named.values()];
}

const latencyOf = ({ firstToken, decode }: ProfilePoint) => firstToken + decode;
const busyOf = ({ use }: ProfilePoint) =>
  use === undefined ? null : use.prefill.busy + use.decode.busy;

/** A size as the document has it. */
function sizeOf({ gpu, tp, share, replicas, maxCallRate, kvTokens, points }: SizeProfile) {
  return {
    gpu,
    tp,
    share,
    replicas,
    calls_per_second_max: maxCallRate,
    kv_tokens: kvTokens,
    points: points.map((point) => ({
      calls_per_second: point.callRate,
      latency_seconds: latencyOf(point),
      ttft_seconds: point.firstToken,
      decode_seconds: point.decode,
      union_seconds: point.union,
      busy: busyOf(point),
    })),
  };
}

/** Parts of saturation that tables show. */
const SHOWN_LOADS = [0.03, 0.5, HIGHEST_LOAD];

function tableOf(profile: LlmProfile): string {
  const table = new Table({
    head: [
      "GPU",
      "TP",
      "share",
      "replicas",
      "calls at most",
      "KV tokens",
      "idle",
      "half",
      "near it",
    ],
    colAligns: ["left", ...Array(8).fill("right")],
    style: { head: [], border: [] },
  });
  for (const size of profile.sizes) {
    const { gpu, tp, share, replicas, maxCallRate, kvTokens } = size;
    const shown = SHOWN_LOADS.map((load) => profileAt(profile, size, load * maxCallRate)!);
    table.push([
      gpu,
      tp,
      percent(share),
      replicas,
      rate(maxCallRate),
      kvTokens.toLocaleString("en-US"),
      ...shown.map((point) => duration(latencyOf(point))),
    ]);
  }
  return `${table.toString()}\nLatency of a call at 3, 50 and 95 % of the calls at most`;
}

/** The share besides the whole that pictures show. */
const DRAWN_PART = 0.25;

/** Latency over rate of one replica by TP degree and share; undefined for an LLM without calls. */
async function draw(
  directory: string,
  file: string,
  { name, profile }: { readonly name: string; readonly profile: LlmProfile },
): Promise<string | undefined> {
  const isDrawn = ({ share, replicas }: SizeProfile) => {
    return replicas === 1 && (share === 1 || share === DRAWN_PART);
  };
  const single = profile.sizes.filter(isDrawn);
  const { latencyCurves } = await import("../report/latency-curves.ts");
  const { writePicture } = await import("../report/write-picture.ts");
  const svg = latencyCurves({
    title: `${name}: mean latency of a call over calls per second, alone`,
    subtitle: "One replica by TP degree, on a quarter of its GPUs and on all. Dashed: saturation.",
    rateLabel: "Calls per second",
    curves: single.map(({ gpu, tp, share, maxCallRate, points }) => ({
      name: `${gpu} TP ${tp}, ${percent(share)}`,
      peak: maxCallRate,
      points: points.map((point) => ({
        rate: point.callRate,
        latency: latencyOf(point),
        interval: null,
        isStable: true,
      })),
    })),
  });
  if (svg === null) return undefined;
  return join(writePicture(directory, file.replace(/[^\w.-]+/g, "_"), svg).png);
}
