/**
 * The whole run in a strip, how busy all GPUs were, with the interval that is shown; and the axis
 * of that interval.
 */

import { drawnNextFrame, prepareCanvas } from "./canvas.ts";
import { element } from "./dom.ts";
import { phaseColumns } from "./lane-data.ts";
import { columnScale } from "./lane-picture.ts";
import type { PageState } from "./page-state.ts";
import { PHASE_COUNT, paintColumns } from "./phase-columns.ts";
import { PHASE_COLOURS, pixelOf, readTheme } from "./theme.ts";
import type { TileStore } from "./tile-store.ts";
import { ticksOf } from "./time-window.ts";

const STRIP_HEIGHT = 22;

/** Pixels that a label of the axis needs. */
const LABEL_WIDTH = 110;

/** The strip and the axis; `tiles` are those of the first run. */
export function overview(state: PageState, tiles: TileStore): HTMLElement[] {
  const strip = element("canvas", {
    class: "strip",
    role: "img",
    "aria-label": "How busy the GPUs were over the whole run",
  });
  const shown = element("div", { class: "shown", "aria-hidden": "true" });
  const axis = element("div", { class: "axis", "aria-hidden": "true" });
  const place = element("div", { class: "strip-place" }, strip, shown);
  const drawPicture = drawnNextFrame(() => drawStrip(strip, place.clientWidth, { state, tiles }));
  const drawWindow = drawnNextFrame(() => {
    const { from, to } = state.window;
    shown.style.left = `${(from / state.end) * 100}%`;
    shown.style.width = `${((to - from) / state.end) * 100}%`;
    drawAxis(axis, state);
  });
  state.onChange((change) => {
    if (change === "data") drawPicture();
    drawWindow();
  });
  new ResizeObserver(() => {
    drawPicture();
    drawWindow();
  }).observe(place);
  moveByPointer(place, state);
  return [place, axis];
}

/** The interval goes where the strip is pressed. */
function moveByPointer(place: HTMLElement, state: PageState): void {
  const moveTo = (event: PointerEvent) => {
    const { left, width } = place.getBoundingClientRect();
    const { from, to } = state.window;
    const middle = ((event.clientX - left) / width) * state.end;
    state.window = { from: middle - (to - from) / 2, to: middle + (to - from) / 2 };
  };
  place.addEventListener("pointerdown", (event) => {
    place.setPointerCapture(event.pointerId);
    moveTo(event);
  });
  place.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) moveTo(event);
  });
}

function drawStrip(
  canvas: HTMLCanvasElement,
  width: number,
  { state, tiles }: { readonly state: PageState; readonly tiles: TileStore },
): void {
  const { context, ratio } = prepareCanvas(canvas, width, STRIP_HEIGHT);
  const run = state.runs[0]!;
  const scale = columnScale({ from: 0, to: state.end }, Math.round(width * ratio));
  const all = new Float32Array(PHASE_COUNT * scale.count);
  run.replicas.forEach(({ gpus, share }, replica) => {
    const columns = phaseColumns({ detail: run.detail, tiles }, replica, scale);
    const weight = (gpus.length * share) / run.gpus.length;
    columns.forEach((part, index) => {
      all[index]! += part * weight;
    });
  });
  const height = Math.round(STRIP_HEIGHT * ratio);
  const picture = new ImageData(scale.count, height);
  const colours = { phases: PHASE_COLOURS.map(pixelOf), idle: pixelOf(readTheme().idle) };
  paintColumns(new Uint32Array(picture.data.buffer), all, { height, colours });
  context.putImageData(picture, 0, 0);
}

function drawAxis(axis: HTMLElement, state: PageState): void {
  const { from, to } = state.window;
  const width = axis.clientWidth;
  const ticks = ticksOf(state.window, Math.floor(width / LABEL_WIDTH)).flatMap(({ at, label }) => {
    const x = ((at - from) / (to - from)) * width;
    if (x < 0 || x > width) return [];
    const tick = element("span", { class: x > width - 60 ? "tick last" : "tick" }, `${label} s`);
    tick.style.left = `${x}px`;
    return [tick];
  });
  axis.replaceChildren(...ticks);
}
