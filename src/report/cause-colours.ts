/**
 * Colours of what delays a call, the same in every picture; colours of LLMs mean LLMs.
 */

/** In the order of `breakdown`. */
export const CAUSE_COLOURS = {
  queue: "#b0413e",
  prefill: "#8e6bbf",
  decode: "#4f7cac",
  interference: "#d98c3f",
  network: "#6b7f59",
  tool: "#8a8f98",
} as const;

/** The colour of a cause; of one that is not known, grey. */
export function causeColour(name: string): string {
  return Object.hasOwn(CAUSE_COLOURS, name)
    ? CAUSE_COLOURS[name as keyof typeof CAUSE_COLOURS]
    : "#595959";
}
