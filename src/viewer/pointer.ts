/**
 * The mouse over a picture whose x is time: the wheel zooms, dragging moves, a click chooses.
 */

import type { PageState } from "./page-state.ts";
import { panned, zoomed } from "./time-window.ts";

/** What happens at a point of a picture, in pixels from its left upper corner. */
export interface PointerActions {
  readonly onHover: (x: number, y: number) => void;
  readonly onLeave: () => void;
  readonly onClick: (x: number, y: number) => void;
}

/** A notch of a wheel zooms by about a fifth. */
const ZOOM_PER_PIXEL = 0.0018;

/** A press that moves no further than this is a click. */
const CLICK_REACH = 4;

/** Has the mouse over `canvas` change the interval of `state`. */
export function listenToPointer(
  canvas: HTMLCanvasElement,
  state: PageState,
  actions: PointerActions,
): void {
  listenToWheel(canvas, state, actions.onLeave);
  let pressed: { readonly x: number; last: number; moved: boolean } | undefined;
  const place = (event: MouseEvent): [number, number] => {
    const { left, top } = canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pressed = { x: event.clientX, last: event.clientX, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pressed === undefined) {
      actions.onHover(...place(event));
      return;
    }
    if (Math.abs(event.clientX - pressed.x) > CLICK_REACH) pressed.moved = true;
    if (!pressed.moved) return;
    actions.onLeave();
    const { from, to } = state.window;
    const by = ((pressed.last - event.clientX) / canvas.clientWidth) * (to - from);
    pressed.last = event.clientX;
    state.window = panned(state.window, by, state.end);
  });
  canvas.addEventListener("pointerup", (event) => {
    const isClick = pressed?.moved === false;
    pressed = undefined;
    if (isClick) actions.onClick(...place(event));
  });
  canvas.addEventListener("pointercancel", () => {
    pressed = undefined;
  });
  canvas.addEventListener("pointerleave", actions.onLeave);
}

function listenToWheel(canvas: HTMLCanvasElement, state: PageState, onMove: () => void): void {
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // What was under the pointer is not any more.
      onMove();
      const { from, to } = state.window;
      const { left, width } = canvas.getBoundingClientRect();
      // Lines and pages as the pixels that they usually are.
      const unit = [1, 16, 400][event.deltaMode] ?? 1;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        state.window = panned(state.window, ((sideways * unit) / width) * (to - from), state.end);
        return;
      }
      const anchor = from + ((event.clientX - left) / width) * (to - from);
      const factor = Math.exp(event.deltaY * unit * ZOOM_PER_PIXEL);
      state.window = zoomed(state.window, factor, { anchor, end: state.end });
    },
    { passive: false },
  );
}
