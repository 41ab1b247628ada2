/**
 * Measures the viewer on a results directory, in headless Chromium: how long the server takes to
 * read it, how long until the timeline is drawn, frames while zooming in to single iterations and
 * out again, and memory. Usage: `node test/bench/viewer.mjs DIR [WIDTH HEIGHT]`, after a build.
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [, , directory, width = "1920", height = "1080"] = process.argv;
const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;

const started = performance.now();
const server = spawn(process.execPath, [main, "view", directory], {
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve, reject) => {
  server.stdout.on("data", (data) => {
    const found = /^Viewer: (\S+)$/m.exec(data);
    if (found !== null) resolve(found[1]);
  });
  server.once("exit", (code) => reject(new Error(`sim view: exit ${code}`)));
});
const readSeconds = (performance.now() - started) / 1000;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-precise-memory-info"],
});
const viewport = { width: Number(width), height: Number(height) };
const page = await (await browser.newContext({ viewport })).newPage();

/** Runs in the page: when its lanes first had a colour besides that of idle time. */
await page.addInitScript(() => {
  const look = () => {
    const canvas = document.querySelector(".lanes");
    if (canvas !== null && canvas.width > 1) {
      const { data } = canvas.getContext("2d").getImageData(canvas.width >> 1, 0, 1, 40);
      const colours = new Set(new Uint32Array(data.buffer));
      colours.delete(0);
      if (colours.size > 1) {
        globalThis.firstView = performance.now();
        return;
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
await page.goto(url);
await page.waitForFunction(() => globalThis.firstView !== undefined);
const firstView = await page.evaluate(() => globalThis.firstView);
const { counts } = await page.evaluate(async () => (await (await fetch("/api/runs")).json())[0]);

/** Runs in the page: a notch of the wheel a frame; milliseconds between frames. */
const zoom = (frames) =>
  page.evaluate(async (count) => {
    const canvas = document.querySelector(".lanes");
    const { left, top, width: wide } = canvas.getBoundingClientRect();
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const times = [];
    await frame();
    for (let index = 0; index < count; index++) {
      const deltaY = index < count / 2 ? -60 : 60;
      const place = { clientX: left + 0.4 * wide, clientY: top + 100 };
      const before = await frame();
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, ...place, cancelable: true }));
      // The next frame draws, the one after it is when that was done.
      times.push((await frame()) - before);
    }
    return times;
  }, frames);

const memory = async () => {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value / 1e6;
};

/** Megabytes of a field of a process's status. */
const ofProcess = (pid, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) /
  1000;

const first = await zoom(240);
const again = await zoom(240);
const { processInfo } = await (await browser.newBrowserCDPSession()).send(
  "SystemInfo.getProcessInfo",
);
const renderers = processInfo.filter(({ type }) => type === "renderer");
const rendererMost = Math.max(...renderers.map(({ id }) => ofProcess(id, "VmHWM")));

const quantile = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))];
const shown = (values) =>
  [0.5, 0.95, 0.99, 1].map((part) => quantile(values, part).toFixed(1)).join(" / ");
console.log(`${counts.segments} segments, ${counts.executions} executions, ${width} x ${height}`);
console.log(`tables read, server up      ${readSeconds.toFixed(2)} s`);
console.log(`first view                  ${(firstView / 1000).toFixed(2)} s`);
console.log(`frames, tiles on their way  ${shown(first)} ms (p50 / p95 / p99 / most)`);
console.log(`frames, tiles there         ${shown(again)} ms`);
console.log(`JS heap of the page         ${(await memory()).toFixed(0)} MB`);
console.log(`renderer process, most      ${rendererMost.toFixed(0)} MB resident`);
console.log(`server, most                ${ofProcess(server.pid, "VmHWM").toFixed(0)} MB resident`);
await browser.close();
server.kill("SIGINT");
