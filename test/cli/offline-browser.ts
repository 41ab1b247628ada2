/**
 * Pages in Debian's Chromium without a network, where it is installed: what a page shows, asks for
 * and logs, and what axe finds in it.
 */

import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

/** The browser; undefined where it is not installed. */
export const CHROMIUM = (process.env.PATH ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "chromium"))
  .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox"] });
}

/** A page with what it asked for and what went to its console. */
export interface OpenedPage {
  readonly page: Page;
  readonly url: string;
  readonly requests: readonly string[];
  readonly messages: readonly string[];
}

/** Opens a file, so many pixels wide. */
export async function openFile(browser: Browser, path: string, width: number): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, offline: true });
  const page = await context.newPage();
  const requests: string[] = [];
  const messages: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  const url = `file://${path}`;
  await page.goto(url);
  return { page, url, requests, messages };
}

/** What a report shows, as text; the size of a figure is the lesser of its picture's sides. */
export interface ShownReport {
  readonly title: string;
  readonly figures: { readonly heading: string; readonly text: string; readonly size: number }[];
  /** Names of the rows of its tables. */
  readonly rows: string[];
  readonly text: string;
  /** Pixels by which the page is wider than its window. */
  readonly overflow: number;
}

const READ_REPORT = `({
  title: document.title,
  figures: [...document.querySelectorAll("figure")].map((figure) => {
    const svg = figure.querySelector("svg[role=img][aria-label]");
    return {
      heading: figure.querySelector("h3").textContent,
      text: svg.textContent + figure.querySelector("figcaption").textContent,
      size: Math.min(svg.getBoundingClientRect().width, svg.getBoundingClientRect().height),
    };
  }),
  rows: [...document.querySelectorAll("th[scope=row]")].map((cell) => cell.textContent),
  text: document.body.innerText,
  overflow: document.body.scrollWidth - window.innerWidth,
})`;

/** Reads a report that is open. */
export async function readReport({ page }: Pick<OpenedPage, "page">): Promise<ShownReport> {
  return (await page.evaluate(READ_REPORT)) as ShownReport;
}

/** What axe calls serious or critical, in light and dark; it must have looked at the contrast. */
export async function graveViolations({ page }: Pick<OpenedPage, "page">): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations, passes } = (await page.evaluate("axe.run()")) as Record<
      "violations" | "passes",
      { readonly id: string; readonly impact: string | null }[]
    >;
    for (const { id, impact } of violations) {
      if (impact === "serious" || impact === "critical") found.push(`${colorScheme}: ${id}`);
    }
    if (!passes.some(({ id }) => id === "color-contrast")) found.push("the contrast was not seen");
  }
  return found;
}

/** How many pages it prints on. */
export async function printedPages({ page }: Pick<OpenedPage, "page">): Promise<number> {
  const pdf = await page.pdf({ preferCSSPageSize: true });
  return (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
}
