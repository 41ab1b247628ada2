/**
 * HTML from templates: every value that is put in is escaped, unless it is itself markup made
 * here. So no name from a file can become an element.
 */

/** HTML that is safe to put into HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes; nothing for undefined, one after another for a list. */
export type HtmlValue = Markup | string | number | undefined | readonly HtmlValue[];

/** Markup of a template. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Markup {
  return new Markup(parts.map((part, index) => part + asText(values[index])).join(""));
}

/**
 * A drawn picture as an image of its page; `label` says what one would see. Labels within it go:
 * the parts of an image are not there for who does not see it.
 */
export function inlinePicture(svg: string, label: string): Markup {
  const bare = svg.replace(/<[^>]*>/g, (tag) => tag.replace(/ aria-[a-z]+="[^"]*"/g, ""));
  return new Markup(
    bare.replace(/^<svg/, `<svg role="img" aria-label="${escapeText(label)}" class="picture"`),
  );
}

function asText(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(asText).join("");
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
