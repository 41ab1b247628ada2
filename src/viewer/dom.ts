/**
 * Elements of the page. Texts become text nodes and attributes are set one by one, so no name from
 * a file can become markup.
 */

/** Attributes by name. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An HTML element with its content. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, `${value}`);
  created.append(...content);
  return created;
}

/** An SVG element with its content. */
export function shape<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...content: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, `${value}`);
  created.append(...content);
  return created;
}

/** A button that does something. */
export function button(
  label: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const created = element("button", { type: "button", ...attributes }, label);
  created.addEventListener("click", onClick);
  return created;
}

/** A table; the first cell of a row names it. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLTableElement {
  const heads = head.map((name) => element("th", { scope: "col" }, name));
  const lines = rows.map(([name = "", ...cells]) => {
    const own = cells.map((cell) => element("td", {}, cell));
    return element("tr", {}, element("th", { scope: "row" }, name), ...own);
  });
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...lines),
  );
}

/** The element of the page with this id. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}
