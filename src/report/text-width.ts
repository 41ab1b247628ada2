/**
 * How wide text is in the font Inter, without the font: nothing measures text where SVG is made.
 * The estimate is a little wide, so that what is laid out by it never overlaps.
 */

/** Advances of the characters from space to ~ in Inter Regular, in thousandths of the font size. */
// biome-ignore format: 16 characters a line
const ADVANCES = [
  281, 288, 466, 633, 642, 982, 644, 300, 365, 365, 501, 662, 288, 460, 288, 360,
  631, 407, 610, 618, 646, 593, 620, 566, 619, 620, 288, 302, 662, 662, 662, 511,
  966, 690, 654, 730, 722, 601, 590, 746, 743, 269, 571, 672, 565, 903, 753, 765,
  639, 765, 644, 642, 646, 744, 690, 985, 682, 679, 629, 365, 360, 365, 471, 456,
  323, 562, 612, 571, 612, 583, 370, 613, 591, 242, 242, 549, 242, 876, 591, 600,
  612, 612, 376, 528, 327, 591, 562, 818, 546, 562, 552, 426, 333, 426, 662,
];

const FIRST_CHARACTER = " ".charCodeAt(0);

/** The same of other characters: few are wider, those of East Asia are square. */
const OTHER_ADVANCE = 900;
const EAST_ASIAN_ADVANCE = 1050;
const FIRST_EAST_ASIAN = 0x2e80;

/** Room for bold letters, and for other fonts where Inter is missing. */
const MARGIN = 1.07;

const ELLIPSIS = "…";

/** The width of a line of text in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) width += advance(character.codePointAt(0)!);
  return (width / 1000) * MARGIN * fontSize;
}

/** The text, without its middle where it is wider than `width`: names differ at their ends. */
export function shortenText(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  for (let kept = characters.length - 1; kept > 1; kept--) {
    const head = characters.slice(0, Math.ceil(kept / 2));
    const tail = characters.slice(characters.length - Math.floor(kept / 2));
    const short = [...head, ELLIPSIS, ...tail].join("");
    if (textWidth(short, fontSize) <= width) return short;
  }
  return ELLIPSIS;
}

/** The lines of a paragraph that is `width` wide; a word that is wider is shortened. */
export function wrapText(text: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, fontSize) <= width) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(shortenText(word, fontSize, width));
    }
  }
  return lines;
}

function advance(codePoint: number): number {
  if (codePoint >= FIRST_EAST_ASIAN) return EAST_ASIAN_ADVANCE;
  return ADVANCES[codePoint - FIRST_CHARACTER] ?? OTHER_ADVANCE;
}
