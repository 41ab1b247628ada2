/**
 * `sim view` in a browser: what it shows of runs, beside their Arrow files.
 */

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatPercent } from "../../src/units.ts";
import { CHROMIUM, graveViolations, launch } from "./offline-browser.ts";
import { columnOf } from "./sim.ts";
import { at, EVIL, sharedView, view } from "./viewers.ts";

const arrow = (table: string, column: string, run = "a") =>
  columnOf(at(run), table, column) as number[];

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped where it is not installed)", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
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
    const beyond = (await page.evaluate(
      "((root) => [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight])" +
        "(document.documentElement)",
    )) as number[];
    expect(Math.max(...beyond)).toBeLessThanOrEqual(0);
    expect(faults).toEqual([]);
  });

  test("zooms and moves with keys, buttons and wheel; shows the row at the pointer", async () => {
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
    const { page } = await open(["a", "b"]);
    expect(await graveViolations({ page })).toEqual([]);
    await page.locator("[data-execution]").first().click();
    await page.waitForSelector(".waterfall");
    expect(await graveViolations({ page })).toEqual([]);
    await page.locator(".lane-label").first().click();
    await page.waitForSelector(".chart");
    expect(await graveViolations({ page })).toEqual([]);
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
