import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { describe, expect, test } from "vitest";
import { shortenText, textWidth, wrapText } from "../../../src/report/text-width.ts";

const FONT = createRequire(import.meta.url).resolve(
  "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
);

function drawnWidth(text: string, fontSize: number): number {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="50">' +
    `<text x="10" y="30" font-family="Inter" font-size="${fontSize}">${text}</text></svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: false, fontFiles: [FONT] } }).getBBox()!.width;
}

describe("textWidth", () => {
  test.each([
    "Iteration times of torch-bench on an H100",
    "qwen2.5-coder-32b, TP 2, 50 %",
    "illicit fill",
    "WMWM@@MW",
    "1,000 ± 25.2 % − 3 × …",
  ])("is a little more than what is drawn: %s", (text) => {
    const ratio = textWidth(text, 20) / drawnWidth(text, 20);
    expect(ratio).toBeGreaterThan(1.02);
    expect(ratio).toBeLessThan(1.2);
  });

  test("knows wide and empty text", () => {
    expect(textWidth("", 12)).toBe(0);
    expect(textWidth("模拟", 10)).toBeGreaterThan(20);
  });
});

describe("shortenText", () => {
  test("keeps what fits, and the ends of what does not", () => {
    expect(shortenText("a", 12, 100)).toBe("a");
    const short = shortenText("results/2026/july/decode-tp4.csv", 12, 120);
    expect(short).toMatch(/^results.*….*tp4\.csv$/);
    expect(textWidth(short, 12)).toBeLessThanOrEqual(120);
    expect(shortenText("anything", 12, 1)).toBe("…");
  });
});

describe("wrapText", () => {
  test("breaks between words and within what is too long", () => {
    expect(wrapText("", 12, 100)).toEqual([]);
    expect(wrapText("  one  two ", 12, 100)).toEqual(["one two"]);
    const lines = wrapText(`one two three four ${"x".repeat(90)} five`, 12, 80);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(80);
  });
});
