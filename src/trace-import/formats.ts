/** The formats of traces that can be imported, by the names that users give them. */

import { compactSessions, traceLabRounds, traceLabTable } from "./agent-sessions.ts";
import { langfuse, langSmith, liteLlm } from "./call-logs.ts";
import { claudeCode } from "./claude-code.ts";
import { azure, burstGpt } from "./csv-logs.ts";
import type { ImportFormat } from "./import-format.ts";
import { mooncake } from "./mooncake.ts";
import { flatSpans, otlp } from "./open-telemetry.ts";

/** All formats. */
export const FORMATS: readonly ImportFormat[] = [
  mooncake,
  otlp,
  flatSpans,
  liteLlm,
  azure,
  burstGpt,
  claudeCode,
  langfuse,
  langSmith,
  traceLabRounds,
  traceLabTable,
  compactSessions,
];
