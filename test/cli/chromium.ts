/**
 * Debian's browser, where it is installed, and what axe says of a page in it.
 */

import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

/** Its path; undefined where there is none. */
export const CHROMIUM = (process.env.PATH ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "chromium"))
  .find(isExecutable);

/** Starts it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox"] });
}

/** The rules that axe finds seriously violated, and those that passed. */
export async function axeFindings(page: Page): Promise<{ violated: string[]; passed: string[] }> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate("axe.run()")) as Record<
    "violations" | "passes",
    { readonly id: string; readonly impact: string | null; readonly nodes: { html: string }[] }[]
  >;
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return {
    violated: grave.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`),
    passed: passes.map(({ id }) => id),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
