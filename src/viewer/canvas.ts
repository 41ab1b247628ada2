/**
 * A canvas as sharp as the screen that fills its place, and a queue of one drawing a frame.
 */

/** A canvas with its size. */
export interface SharpCanvas {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** In pixels of the page. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen to one of the page. */
  readonly ratio: number;
}

/** Sets a canvas to a size in pixels of the page, and clears it. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): SharpCanvas {
  const ratio = globalThis.devicePixelRatio;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { canvas, context, width, height, ratio };
}

/** A function that has `draw` called before the next frame, once however often it is called. */
export function drawnNextFrame(draw: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw();
    });
  };
}
