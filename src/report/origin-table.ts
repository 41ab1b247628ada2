/** What results follow from, as a table: whatever would have to be the same to get them again. */

import type { ManifestDocument } from "../records/result-documents.ts";
import { type HtmlValue, html, type Markup } from "./html.ts";

/** A name and what it is. */
export type OriginRow = readonly [name: string, value: HtmlValue];

/** The table. */
export function originTable(caption: string, rows: readonly OriginRow[]): Markup {
  const lines = rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`,
  );
  return html`<table class="wide"><caption>${caption}</caption><tbody>
${lines}</tbody></table>
`;
}

/** What the manifest says. */
export function manifestRows(manifest: ManifestDocument): OriginRow[] {
  const inputs = Object.entries(manifest.input_sha256).map(
    ([name, hash]) => html`<div>${name} <code>${hash.slice(0, 12)}</code></div>`,
  );
  return [
    ["seed", manifest.seeds.join(", ")],
    ["command", html`<code>sim ${manifest.command.join(" ")}</code>`],
    ["sim, Node", `${manifest.version}, ${manifest.node_version}`],
    ["made", manifest.started_at],
    ["inputs, with SHA-256", inputs],
  ];
}
