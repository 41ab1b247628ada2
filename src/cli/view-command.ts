/**
 * `sim view`: serves the viewer of one or two results directories until Ctrl-C.
 */

import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { readPageFiles } from "../view-server/page-files.ts";
import { openRun } from "../view-server/served-run.ts";
import { startViewServer } from "../view-server/view-server.ts";
import { parseCount } from "./values.ts";

const LAST_PORT = 65_535;

/** Reads `directory` and `other`, serves them, says where, and waits for the end of the process. */
export async function viewCommand(
  directory: string,
  other: string | undefined,
  options: { readonly port: string },
): Promise<void> {
  const port = parseCount("--port", options.port, 0);
  if (port > LAST_PORT) {
    throw new UserError(`--port: ${port} is no port`, { hint: `give at most ${LAST_PORT}` });
  }
  const runs = [directory, ...(other === undefined ? [] : [other])].map(openRun);
  const pageFiles = readPageFiles(fileURLToPath(new URL("../viewer/", import.meta.url)));
  const ended = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  const server = await startViewServer({ runs, pageFiles }, port).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError(`cannot listen on port ${port}: ${code}`, { hint: "give another --port" });
  });
  process.stdout.write(`Viewer: ${server.url}\nCtrl-C ends\n`);
  await ended;
  await server.close();
}
