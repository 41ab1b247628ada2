/**
 * `sim view` without a browser: what it refuses to start with and to answer, and directories that
 * were crafted to do harm.
 */

import { cpSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sim } from "./sim.ts";
import { at, folder, sharedView, view } from "./viewers.ts";

/** A request as no browser or library would correct it. */
function ask(
  url: string,
  options: { path?: string; method?: string; host?: string },
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { path = "/", method = "GET", host } = options;
  const { port } = new URL(url);
  const headers = { Host: host ?? `127.0.0.1:${port}` };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.on("data", (data) => {
        body += data;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode!, headers: response.headers, body });
      });
    });
    sent.once("error", reject);
    sent.end();
  });
}

test("says where it is, and ends with Ctrl-C", async () => {
  const { url, viewer } = await view("a");
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const ended = new Promise((resolve) => viewer.once("exit", (code) => resolve(code)));
  viewer.kill("SIGINT");
  expect(await ended).toBe(0);
});

describe("refuses to start with", () => {
  const copied = (name: string, change: (directory: string) => void): string => {
    cpSync(at("a"), at(name), { recursive: true });
    change(at(name));
    return name;
  };
  const cases: readonly [string, () => string[], string][] = [
    ["a folder that is none", () => ["nowhere"], "is not a results directory of sim"],
    ["a second one that is none", () => ["a", "nowhere"], "is not a results directory of sim"],
    [
      "a table that is cut off",
      () => [copied("cut", (copy) => truncateSync(join(copy, "iterations.arrow"), 3000))],
      '"cut/iterations.arrow" is cut off',
    ],
    [
      "a table that is missing",
      () => [copied("missing", (copy) => rmSync(join(copy, "gpus.arrow")))],
      "the results have no gpus.arrow",
    ],
    [
      "a table of many gigabytes without content",
      () => [copied("huge", (copy) => truncateSync(join(copy, "calls.arrow"), 2 ** 34))],
      'cannot read "huge/calls.arrow"',
    ],
    [
      "a table in place of another",
      () => [
        copied("other", (copy) => cpSync(join(copy, "gpus.arrow"), join(copy, "executions.arrow"))),
      ],
      'has no column "arrival_seconds"',
    ],
    [
      "replicas that the tables go beyond",
      () => [copied("few", (copy) => writeFileSync(join(copy, "replicas.json"), "[]"))],
      "replica 0 is not known",
    ],
    [
      "documents that are none",
      () => [copied("text", (copy) => writeFileSync(join(copy, "replicas.json"), "{"))],
      "is not JSON",
    ],
    ["a port that is none", () => ["a", "--port", "70000"], "70000 is no port"],
  ];

  test.each(cases)("%s", async (_, args, message) => {
    const { code, stderr, stdout } = await sim(folder, "view", ...args());
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  });

  test("a port that is taken", async () => {
    const { port } = new URL(await sharedView("a"));
    const { code, stderr } = await sim(folder, "view", "a", "--port", port);
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen on port ${port}`);
  });
});

describe("the server", () => {
  test("answers for its own address only, and nothing but GET and HEAD", async () => {
    const url = await sharedView("a");
    const { port } = new URL(url);
    for (const host of ["example.com", `example.com:${port}`, "127.0.0.1", "localhost:1"]) {
      expect(await ask(url, { host })).toMatchObject({ status: 403 });
    }
    expect(await ask(url, { host: `localhost:${port}` })).toMatchObject({ status: 200 });
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect(await ask(url, { method })).toMatchObject({ status: 405 });
    }
    expect(await ask(url, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  test("forbids the page everything but its own files", async () => {
    const { headers } = await ask(await sharedView("a"), {});
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("serves nothing of the disk, whatever is asked and linked", async () => {
    mkdirSync(at("linked"));
    cpSync(at("a"), at("linked"), { recursive: true });
    writeFileSync(at("secret.txt"), "the secret");
    symlinkSync(at("secret.txt"), at("linked/viewer.css"));
    const { url } = await view("linked");
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "//etc/passwd",
      "/etc/passwd",
      "/linked/summary.json",
      "/summary.json",
      "/calls.arrow",
      "/viewer.css",
      "/api/../secret.txt",
      "/api/0/../../secret.txt",
      "/api/0/constructor",
      "/api/0/__proto__",
      "/api/00/calls?execution=0",
      "/api/1/calls?execution=0",
      "/api/0/calls?execution=../secret.txt",
      "/api/0/calls?execution=1e300",
      "/api/0/bins?level=-1&tile=0",
      "/api/0/bins?level=0&tile=99999999999",
      "/api/0/segments?tile=-1",
      "/api/0/samples?gpu=9&from=0&to=1&points=5",
      "/api/pairs",
    ]) {
      const { status, body } = await ask(url, { path });
      expect(status, path).toBe(404);
      expect(body, path).not.toContain("secret");
      expect(body.length, path).toBeLessThan(100);
    }
    // It is still there.
    expect(await ask(url, {})).toMatchObject({ status: 200 });
  });
});
