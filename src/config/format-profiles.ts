/**
 * Profiles as the file that `load-profiles.ts` reads: every figure in full, so that nothing is lost
 * on the way. Columns of what replicas ask of their GPUs are left out where that is not known.
 */

import { UserError } from "../errors.ts";
import type { GpuUse, LlmProfile, PhaseUse, SizeProfile } from "../llm/profile-table.ts";
import { USE_COLUMNS } from "./profile-rows.ts";

/** The text of a file with these profiles; a UserError for a name that no such file can hold. */
export function formatProfiles(
  profiles: readonly { readonly name: string; readonly profile: LlmProfile }[],
): string {
  for (const { name } of profiles) {
    if (/[,\r\n]/.test(name) || name.trim() !== name) {
      throw new UserError(`profiles of an LLM named "${name}" cannot be saved`, {
        hint: "give it a name without commas and without blanks at its ends",
      });
    }
  }
  const rows = profiles.flatMap(({ name, profile }) =>
    profile.sizes.flatMap((size) => rowsOf(name, size)),
  );
  const hasUses = rows.some(({ use }) => use !== undefined);
  const lines = rows.map(({ cells, use }) => {
    return [...Object.values(cells), ...(use === undefined ? [] : usesOf(use))].join();
  });
  const header = [
    ...Object.keys(rows[0]?.cells ?? {}),
    ...(hasUses
      ? (["prefill", "decode"] as const).flatMap((phase) =>
          USE_COLUMNS.map((column) => `${phase}_${column}`),
        )
      : []),
  ].join();
  return `${[header, ...lines].join("\n")}\n`;
}

function rowsOf(name: string, size: SizeProfile) {
  const { gpu, tp, share, replicas, maxCallRate, kvTokens, points, openLoop } = size;
  return points.map(({ callRate, firstToken, decode, union, use }, index) => {
    const cells = {
      llm: name,
      gpu,
      tp,
      share,
      replicas,
      calls_per_second_max: maxCallRate,
      calls_per_second: callRate,
      ttft_seconds: firstToken,
      decode_seconds: decode,
      union_seconds: union,
      kv_tokens: kvTokens,
      recorded_latency_seconds: cellOf(openLoop?.recorded[index]),
      poisson_latency_seconds: cellOf(openLoop?.poisson[index]),
    };
    return { cells, use };
  });
}

/** Empty where nothing was measured. */
function cellOf(value: number | undefined): number | "" {
  return value === undefined || Number.isNaN(value) ? "" : value;
}

/** In the order of the columns. */
function usesOf({ prefill, decode }: GpuUse): number[] {
  return [prefill, decode].flatMap((use) => USE_COLUMNS.map((column) => figures(use)[column]));
}

function figures({ busy, duty, work, demand }: PhaseUse) {
  const { memory, compute, bandwidth, tokens, layerTime, iterationTime } = demand;
  return {
    ...{ busy, duty, work, memory, compute, bandwidth, tokens },
    layer_seconds: layerTime,
    iteration_seconds: iterationTime,
  } satisfies Record<(typeof USE_COLUMNS)[number], number>;
}
