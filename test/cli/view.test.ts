/**
 * `sim view`: what a browser shows of runs, beside their Arrow files; what the server refuses; and
 * directories that were crafted to do harm.
 */

import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatPercent } from "../../src/units.ts";
import { axeFindings, CHROMIUM, launchChromium } from "./chromium.ts";
import { columnOf, MAIN, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** A name that would run if it became markup. */
const EVIL = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">";

const planOf = (share: number) => `cluster: 1x2xH100
llms:
  large:
    model: llama-3.1-8b
    replicas:
      - { gpus: [node0/gpu0, node0/gpu1], share: 0.6 }
  ${JSON.stringify(EVIL)}:
    model: llama-3.2-1b
    replicas:
      - { gpus: [node0/gpu0], share: ${share} }
`;

const rows = Array.from({ length: 40 }, (_, session) => {
  const call = { session_id: `${session}`, input_length: 400, output_length: 60 };
  const first = { ...call, request_id: `${session}/0`, model: "large", timestamp: 200 * session };
  const wait = { wait_for: [`${session}/0`], tool_wait_ms: 100 };
  const long = { output_length: 90 };
  return [
    { ...first, workflow: EVIL },
    { ...call, ...wait, request_id: `${session}/1`, model: EVIL, role: EVIL },
    { ...call, ...wait, ...long, request_id: `${session}/2`, model: EVIL, role: EVIL },
  ];
}).flat();

/** The viewers that a test started. */
const started: ChildProcess[] = [];

beforeAll(async () => {
  writeFileSync(at("trace.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  for (const [name, share] of [
    ["a", 0.4],
    ["b", 0.2],
  ] as const) {
    writeFileSync(at(`${name}.yaml`), planOf(share));
    await simDone(folder, `replay trace.jsonl --plan ${name}.yaml --quiet --out ${name}`);
  }
});

afterAll(() => {
  for (const viewer of started) viewer.kill("SIGKILL");
});

/** Where viewers are that tests share, by what they serve. */
const shared = new Map<string, Promise<string>>();

function sharedView(...directories: string[]): Promise<string> {
  const key = directories.join(" ");
  const url = shared.get(key) ?? view(...directories).then((viewing) => viewing.url);
  shared.set(key, url);
  return url;
}

/** Starts a viewer and waits until it says where it is. */
async function view(...directories: string[]): Promise<{ url: string; viewer: ChildProcess }> {
  const viewer = spawn(process.execPath, [MAIN, "view", ...directories], { cwd: folder });
  started.push(viewer);
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    viewer.stdout.on("data", (data) => {
      text += data;
      const found = /^Viewer: (http:\S+)$/m.exec(text);
      if (found !== null) resolve(found[1]!);
    });
    viewer.once("exit", (code) => reject(new Error(`sim view: exit ${code}`)));
  });
  return { url, viewer };
}

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

const arrow = (table: string, column: string, run = "a") =>
  columnOf(at(run), table, column) as number[];

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped where it is not installed)", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(() => browser?.close());

  /** Opens the viewer of runs; requests elsewhere and messages of the console are collected. */
  async function open(directories: readonly string[], width = 1280) {
    return openAt(await sharedView(...directories), width);
  }

  async function openAt(url: string, width = 1280) {
    const context = await browser.newContext({ viewport: { width, height: 860 } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("request", (sent) => {
      if (!sent.url().startsWith(url) && !sent.url().startsWith("data:")) faults.push(sent.url());
    });
    page.on("console", (message) => faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(url);
    await page.waitForSelector(".lane-label");
    return { page, faults };
  }

  const text = (page: Page, selector: string) => page.locator(selector).first().innerText();

  /** The labels of the time axis. */
  const axis = (page: Page) => page.locator(".axis .tick").allInnerTexts();

  /** Colours of a canvas that are not the background's. */
  const inked = (page: Page, selector: string) =>
    page.evaluate((name) => {
      const canvas = (globalThis as unknown as PageGlobals).document.querySelector(name);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set<string>();
      for (let pixel = 0; pixel < data.length; pixel += 4) {
        if (data[pixel + 3]! > 0) colours.add(data.slice(pixel, pixel + 3).join(" "));
      }
      return colours.size;
    }, selector);

  test.each([1280, 1920])("shows lanes, executions and figures at %s pixels", async (width) => {
    const { page, faults } = await open(["a"], width);
    expect(await page.title()).toBe("trace on 1x2xH100: sim view");
    expect(await page.locator(".lane-label").count()).toBe(2);
    await expect.poll(() => inked(page, ".lanes")).toBeGreaterThan(3);
    await expect.poll(() => inked(page, ".plot")).toBeGreaterThan(1);
    const { simulated } = JSON.parse(readFileSync(at("a/summary.json"), "utf8"));
    const shown = await page.locator(".figures dd").allInnerTexts();
    expect(shown[0]).toBe(formatDuration(simulated.latency_seconds.mean));
    expect(shown[1]).toBe(formatDuration(simulated.latency_seconds.p95));
    expect(await text(page, "header p")).toContain(
      `${arrow("iterations", "replica").length} segments`,
    );
    const sizes = (await page.evaluate(
      "[document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight, innerHeight]",
    )) as number[];
    expect(sizes[0]).toBeLessThanOrEqual(sizes[1]!);
    expect(sizes[2]).toBeLessThanOrEqual(sizes[3]!);
    expect(faults).toEqual([]);
  });

  test("zooms and moves with keys, buttons and wheel, and shows the row at the pointer", async () => {
    const { page, faults } = await open(["a"]);
    const whole = await axis(page);
    await page.keyboard.press("+");
    await expect.poll(() => axis(page)).not.toEqual(whole);
    const near = await axis(page);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => axis(page)).not.toEqual(near);
    await page.keyboard.press("0");
    await expect.poll(() => axis(page)).toEqual(whole);
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => axis(page)).not.toEqual(whole);
    await page.keyboard.press("0");

    // Far into the first iteration of the run, on the lane of the second GPU.
    const [start, end] = [
      arrow("iterations", "start_seconds")[0]!,
      arrow("iterations", "end_seconds")[0]!,
    ];
    const box = (await page.locator(".lanes").boundingBox())!;
    const last = Math.max(
      ...arrow("iterations", "end_seconds"),
      ...arrow("executions", "end_seconds"),
    );
    const middle = (start + end) / 2;
    const x = box.x + (middle / last) * box.width;
    const label = (await page.locator(".lane-label").nth(1).boundingBox())!;
    await page.mouse.move(x, label.y + label.height * 0.3);
    for (let notch = 0; notch < 30; notch++) await page.mouse.wheel(0, -300);
    await page.mouse.move(x + 0.1, label.y + label.height * 0.3);
    const tokens = arrow("iterations", "prefill_tokens")[0]!;
    await expect.poll(() => text(page, "#tooltip")).toContain("prefill: 1 iteration of batch 1");
    const tooltip = await text(page, "#tooltip");
    expect(tooltip).toContain(`${tokens} of prefill`);
    expect(tooltip).toContain(`${start.toFixed(4)} s to ${end.toFixed(4)} s`);
    expect(tooltip).toContain("node0/gpu1: large");
    expect(faults).toEqual([]);
  });

  test("an execution has the numbers of the files, and parts that sum to its latency", async () => {
    const { page, faults } = await open(["a"]);
    const latencies = arrow("executions", "latency_seconds");
    const row = latencies.indexOf(Math.max(...latencies));
    const number = arrow("executions", "execution")[row]!;
    const slowest = page.locator("[data-execution]").first();
    expect(await slowest.innerText()).toBe(String(number));
    await slowest.click();
    await page.waitForSelector(".waterfall");
    expect(await text(page, "#detail h2")).toBe(`Execution ${number}`);
    expect(await text(page, "#detail h3")).toBe(
      `${formatDuration(latencies[row]!)}, completed; 3 calls, 2 on the critical path`,
    );
    // The path is the first call and, after the tool, the longer of the two that followed.
    const calls = arrow("calls", "execution").flatMap((execution, call) =>
      execution === number ? [call] : [],
    );
    const column = (name: string, call: number) => arrow("calls", name)[call]!;
    const longest = calls.find((call) => column("output_tokens", call) === 90)!;
    const first = calls.find((call) => column("step", call) === 0)!;
    const parts = {
      queue: [first, longest].map(
        (call) => column("start_seconds", call) - column("submit_seconds", call),
      ),
      prefill: [first, longest].map(
        (call) => column("first_token_seconds", call) - column("start_seconds", call),
      ),
      decode: [first, longest].map(
        (call) => column("end_seconds", call) - column("first_token_seconds", call),
      ),
    };
    let rest = latencies[row]!;
    for (const [name, [one, two]] of Object.entries(parts)) {
      rest -= one! + two!;
      expect(await text(page, `[data-part=${name}]`)).toContain(formatDuration(one! + two!));
    }
    expect(await text(page, "[data-part=tool]")).toContain(formatDuration(rest));
    expect(await page.locator("#detail tbody tr").count()).toBe(3);
    await page.keyboard.press("Escape");
    await page.waitForSelector("[data-execution]");
    await page.keyboard.press("n");
    await page.waitForSelector(".waterfall");
    expect(await text(page, "#detail h2")).toBe(`Execution ${number}`);
    expect(faults).toEqual([]);
  });

  test("a dot of the plot opens its execution", async () => {
    const { page } = await open(["a"]);
    const box = (await page.locator(".plot").boundingBox())!;
    const last = Math.max(
      ...arrow("iterations", "end_seconds"),
      ...arrow("executions", "end_seconds"),
    );
    const latencies = arrow("executions", "latency_seconds");
    const row = 20;
    const [pad, most] = [8, 1.05 * Math.max(...latencies)];
    await page.mouse.click(
      box.x + (arrow("executions", "arrival_seconds")[row]! / last) * box.width,
      box.y + box.height - pad - (latencies[row]! / most) * (box.height - 2 * pad),
    );
    await page.waitForSelector(".waterfall");
    expect(await text(page, "#detail h2")).toBe(
      `Execution ${arrow("executions", "execution")[row]}`,
    );
  });

  test("a GPU has its tenants, slowdowns and KV cache as in the files", async () => {
    const { page, faults } = await open(["a"]);
    await page.locator(".lane-label").first().click();
    await page.waitForSelector(".chart");
    const own = columnOf(at("a"), "gpus", "gpu").map((name) => name === "node0/gpu0");
    const busy = arrow("gpus", "busy").filter((_, sample) => own[sample]);
    const kv = arrow("gpus", "kv_used_bytes").filter((_, sample) => own[sample]);
    const mean = busy.reduce((sum, part) => sum + part, 0) / busy.length;
    const line = await text(page, "#detail h2 + p");
    expect(line).toContain(`${formatPercent(mean)} busy on average`);
    expect(line).toContain(`KV cache ${formatBytes(Math.max(...kv))} at the most`);
    const [replicas, starts, ends, slowdowns] = [
      "replica",
      "start_seconds",
      "end_seconds",
      "slowdown",
    ].map((name) => arrow("iterations", name)) as [number[], number[], number[], number[]];
    for (const replica of [0, 1]) {
      const spans = replicas.flatMap((of, span) => (of === replica ? [span] : []));
      const time = spans.reduce((sum, span) => sum + ends[span]! - starts[span]!, 0);
      const weighted = spans.reduce((sum, span) => {
        return sum + (ends[span]! - starts[span]!) * slowdowns[span]!;
      }, 0);
      const cells = await page.locator("#detail tbody tr").nth(replica).innerText();
      expect(cells).toContain(`${(weighted / time).toFixed(3)}x`);
    }
    expect(await page.locator(".chart").count()).toBe(3);
    const chart = page.getByRole("img", { name: /^KV cache in use/ });
    const most = Math.max(...kv) / 1e9;
    expect(await chart.getAttribute("aria-label")).toContain(`to ${most.toFixed(2)} GB`);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => text(page, "#detail h2")).toBe("node0/gpu1");
    expect(faults).toEqual([]);
  });

  test("two runs are compared on the same executions", async () => {
    const { page, faults } = await open(["a", "b"]);
    expect(await text(page, "header p")).toContain("40 of A's 40 executions are also B's");
    const [a, b] = ["a", "b"].map((run) => {
      const numbers = arrow("executions", "execution", run);
      const latencies = arrow("executions", "latency_seconds", run);
      return new Map(numbers.map((number, row) => [number, latencies[row]!]));
    }) as [Map<number, number>, Map<number, number>];
    const difference = (number: number) => b.get(number)! - a.get(number)!;
    const numbers = [...a.keys()].sort((x, y) => Math.abs(difference(y)) - Math.abs(difference(x)));
    const first = numbers[0]!;
    const cells = await page.locator("#detail tbody tr").first().innerText();
    const sign = difference(first) > 0 ? "+" : "−";
    const expected = [
      String(first),
      `${a.get(first)!.toFixed(2)} s`,
      `${b.get(first)!.toFixed(2)} s`,
      `${sign}${Math.abs(difference(first)).toFixed(2)} s`,
    ];
    for (const cell of expected) expect(cells).toContain(cell);
    await page.locator(`[data-execution="${first}"]`).click();
    await page.waitForSelector(".waterfall");
    const headings = await page.locator("#detail h3").allInnerTexts();
    expect(headings).toHaveLength(2);
    expect(headings[0]).toContain(`A: ${formatDuration(a.get(first)!)}`);
    expect(headings[1]).toContain(`B: ${formatDuration(b.get(first)!)}`);
    expect(await page.locator(".lane-label").count()).toBe(4);
    expect(faults).toEqual([]);
  });

  test("names stay text", async () => {
    const { page, faults } = await open(["a"]);
    await page.locator("[data-execution]").first().click();
    await page.waitForSelector(".waterfall");
    await page.locator(".lane-label").first().click();
    await page.waitForSelector(".chart");
    expect(await page.locator("body").innerText()).toContain(EVIL);
    expect(await page.title()).toBe("trace on 1x2xH100: sim view");
    expect(await page.locator("script").count()).toBe(1);
    expect(await page.locator("img").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("says so when its server is gone", async () => {
    const { url, viewer } = await view("a");
    const { page } = await openAt(url);
    const ended = new Promise((resolve) => viewer.once("exit", resolve));
    viewer.kill("SIGTERM");
    await ended;
    await page.locator("[data-execution]").first().click();
    await expect.poll(() => text(page, "#problem")).toContain("Start `sim view` again");
  });

  test("axe finds no serious violation, in light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(["a", "b"]);
      await page.emulateMedia({ colorScheme });
      const states = ["[data-execution]", ".lane-label"] as const;
      for (const state of [undefined, ...states]) {
        if (state !== undefined) {
          await page.keyboard.press("Escape");
          await page.locator(state).first().click();
          await page.waitForSelector(state === ".lane-label" ? ".chart" : ".waterfall");
        }
        const { violated, passed } = await axeFindings(page);
        expect(violated, `${colorScheme} ${state}`).toEqual([]);
        expect(passed).toContain("color-contrast");
      }
    }
  });
});

/** What functions that run in the page use of it. */
interface PageGlobals {
  readonly document: {
    querySelector(selector: string): {
      readonly width: number;
      readonly height: number;
      getContext(kind: "2d"): {
        getImageData(
          x: number,
          y: number,
          width: number,
          height: number,
        ): {
          readonly data: Uint8ClampedArray;
        };
      };
    };
  };
}
