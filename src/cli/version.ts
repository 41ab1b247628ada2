/**
 * The version of sim, from package.json: two levels up from src/cli and dist/cli alike.
 */

import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

/** Such as `0.1.0`. */
export const VERSION = (JSON.parse(text) as { version: string }).version;
