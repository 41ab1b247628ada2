/**
 * What of an OpenAI-compatible server is recorded: the paths that run an LLM. Servers and gateways
 * put them below different prefixes, so only the end of a path counts.
 */

/** Kinds of call whose bodies differ. */
export type Endpoint = "chat" | "completions" | "embeddings" | "responses";

const ENDPOINTS: readonly (readonly [string, Endpoint])[] = [
  ["/chat/completions", "chat"],
  ["/completions", "completions"],
  ["/embeddings", "embeddings"],
  ["/responses", "responses"],
];

/** The kind of call that a request makes; undefined for what is only passed on. */
export function endpointOf(method: string, url: string): Endpoint | undefined {
  if (method !== "POST") return undefined;
  const path = url.replace(/\/?(?:\?.*)?$/s, "");
  return ENDPOINTS.find(([end]) => path.endsWith(end))?.[1];
}
