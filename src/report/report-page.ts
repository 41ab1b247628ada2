/**
 * The page that holds a report: one HTML file with its style sheet, in light or dark as the reader
 * has it, and on paper. It runs no script and loads nothing, which its policy also forbids.
 */

import { glyphOf, groupStyle } from "./group-style.ts";
import { type HtmlValue, html, Markup } from "./html.ts";

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --soft: #525a64; --ground: #f5f6f8;
  --card: #fff; --line: #d5dae0; --good: #17693b; --bad: #a3262a; }
@media (prefers-color-scheme: dark) { :root { --text: #e7eaee; --soft: #aab3be; --ground: #14171b;
  --card: #1d2126; --line: #3a414a; --good: #6fcf97; --bad: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 Inter, system-ui, sans-serif; }
main { max-width: 1440px; margin: 0 auto; padding: 24px 24px 48px; }
h1 { font-size: 28px; line-height: 1.25; margin: 8px 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 32px 0 10px; }
h3 { font-size: 15px; margin: 0 0 6px; }
p { margin: 6px 0; max-width: 90ch; overflow-wrap: anywhere; }
.soft, figcaption { color: var(--soft); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.pair { display: grid; gap: 16px; align-items: start; margin-bottom: 16px;
  grid-template-columns: repeat(2, minmax(0, 1fr)); }
@media (max-width: 900px) { .pair { grid-template-columns: minmax(0, 1fr); } }
figure, .card { margin: 0 0 16px; padding: 14px 16px; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
.pair > * { margin: 0; }
figcaption { font-size: 13px; margin-top: 6px; }
.picture { display: block; width: 100%; height: auto; color: var(--text); }
.paper { background: #fff; border-radius: 4px; }
.paper .picture { width: auto; max-width: 100%; margin: 0 auto; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; margin: 0 0 6px;
  padding: 0; font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; margin-right: 6px;
  border-radius: 2px; }
.legend b { margin-right: 6px; }
.scroll { overflow-x: auto; }
.long { display: block; min-width: 40ch; max-width: 90ch; text-align: left; white-space: normal; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; vertical-align: top; }
th { font-weight: 600; }
th:first-child, .wide td { text-align: left; }
.wide td { white-space: normal; overflow-wrap: anywhere; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 4px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; margin: 0; }
@page { size: A4; margin: 12mm; }
@page wide { size: A4 landscape; }
@media print {
  :root { color-scheme: light; --text: #000; --soft: #444; --ground: #fff; --card: #fff;
    --line: #bbb; --good: #17693b; --bad: #a3262a; }
  body { font-size: 11px; }
  main { max-width: none; padding: 0 1px; }
  .wide-page { page: wide; }
  .wide-page table { font-size: 9px; }
  .scroll { overflow: visible; }
  tr { break-inside: avoid; }
  h1 { font-size: 20px; } h2 { font-size: 15px; margin-top: 16px; } h3 { font-size: 12px; }
  figure, .card { break-inside: avoid; padding: 8px; margin-bottom: 8px; }
  h2, h3 { break-after: avoid; }
  .pair { gap: 8px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
  th, td { padding: 3px 8px 3px 0; }
  th { white-space: normal; }
  table { font-size: 10px; }
  caption, figcaption, .legend, pre { font-size: 9.5px; }
  .legend i, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}`;

/** The HTML file. */
export function reportPage(title: string, body: HtmlValue): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

/** A heading with what belongs to it. */
export function section(heading: string, ...content: readonly HtmlValue[]): Markup {
  return html`<section>
<h2>${heading}</h2>
${content}
</section>
`;
}

/** A picture with its heading, and a text on how to read it. */
export function figure(
  heading: string,
  picture: Markup,
  { caption, legend }: { readonly caption: HtmlValue; readonly legend?: HtmlValue },
): Markup {
  return html`<figure>
<h3>${heading}</h3>
${legend}${picture}
<figcaption>${caption}</figcaption>
</figure>
`;
}

/** Names with their colours. */
export function legend(
  entries: readonly { readonly name: string; readonly colour: string }[],
): Markup {
  const items = entries.map(
    ({ name, colour }) => html`<li><i style="background:${colour}"></i>${name}</li>`,
  );
  return html`<ul class="legend">${items}</ul>
`;
}

/** Groups with their colours and symbols, in the order of their styles. */
export function groupKeys(names: readonly string[]): Markup {
  const items = names.map((name, index) => {
    const style = groupStyle(index);
    const mark = html`<b aria-hidden="true" style="color:${style.colour}">${glyphOf(style)}</b>`;
    return html`<li>${mark}${name}</li>`;
  });
  return html`<ul class="legend">${items}</ul>
`;
}

/** A table whose first column names its rows. */
export function dataTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly HtmlValue[])[],
): Markup {
  const heads = head.map((name) => html`<th scope="col">${name}</th>`);
  const lines = rows.map(([name, ...cells]) => {
    const own = cells.map((cell) => html`<td>${cell}</td>`);
    return html`<tr><th scope="row">${name}</th>${own}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table></div>
`;
}
