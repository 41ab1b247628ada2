/**
 * The box beside the pointer. What it says is also in the details, which the keyboard reaches.
 */

import { byId, element } from "./dom.ts";

const AWAY = 14;
let pointer = { x: 0, y: 0 };

// Before the pictures hear of it.
addEventListener(
  "pointermove",
  ({ clientX, clientY }) => {
    pointer = { x: clientX, y: clientY };
  },
  { capture: true },
);

/** Shows lines of text at the pointer, the first as a heading; hides the box without any. */
export function showTooltip(lines: readonly string[]): void {
  const box = byId("tooltip");
  box.hidden = lines.length === 0;
  if (box.hidden) return;
  box.replaceChildren(...lines.map((line) => element("div", {}, line)));
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = pointer.x + AWAY + width > innerWidth ? pointer.x - AWAY - width : pointer.x + AWAY;
  const top = Math.min(pointer.y + AWAY, innerHeight - height - 4);
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

/** Hides the box. */
export function hideTooltip(): void {
  byId("tooltip").hidden = true;
}
