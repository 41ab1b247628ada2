/**
 * "Simulated against measured": values on equal logarithmic axes beside their relative errors,
 * with the number of pairs and the mean absolute error of each group. An SVG document that depends
 * on its input alone.
 */

import { UserError } from "../errors.ts";
import { formatPercent } from "../units.ts";
import { groupLegend, type LegendContent } from "./group-legend.ts";
import {
  type DrawnGroup,
  drawnGroups,
  errorLimit,
  type MeasuredGroup,
  meanAbsoluteError,
  mixedPairs,
} from "./measured-errors.ts";
import {
  ERROR_BAND,
  errorsPanel,
  KEY_COLOURS,
  PANEL,
  PANEL_MARGIN,
  valuesPanel,
} from "./measured-panels.ts";
import { paragraphs } from "./paragraphs.ts";
import { drawPicture } from "./plot-picture.ts";

/** What is compared, in groups that are told apart by colour and symbol. */
export interface MeasuredScatter {
  readonly title: string;
  readonly subtitle?: string;
  /** What the values are, such as "iteration time". */
  readonly quantity: string;
  /** The unit of the values, as it is printed. */
  readonly unit?: string;
  /** What `simulated` and `measured` values are called, where they are something else. */
  readonly compared?: string;
  readonly reference?: string;
  /** At most MAX_GROUPS. */
  readonly groups: readonly MeasuredGroup[];
}

const MARGIN = 28;
const GAP = 24;
const WIDTH = 2 * MARGIN + 2 * PANEL.width + GAP;
/** Text and legend begin where the frame of the first panel begins, and end with the last. */
const LEFT = MARGIN + PANEL_MARGIN.left;
const TEXT_WIDTH = WIDTH - LEFT - MARGIN - PANEL_MARGIN.right;

/**
 * The picture as SVG. Pairs without two positive, finite values are left out, and a note says how
 * many; without any pair there is no picture: a UserError.
 */
export function measuredScatter(input: MeasuredScatter): string {
  const groups = drawnGroups(input.groups);
  const pairs = mixedPairs(groups);
  if (pairs.length === 0) {
    throw new UserError(`"${input.title}" has no positive values to draw`, {
      hint: "check that the measurement has values, and that the simulation answered them",
    });
  }
  const { quantity, unit, compared = "simulated", reference = "measured" } = input;
  const names = { quantity, unit, compared, reference };

  const head = paragraphs(
    [
      { text: input.title, fontSize: 19, fontWeight: 600, fill: "#111" },
      { text: input.subtitle ?? "", fontSize: 13.5, fontWeight: 400, fill: "#555" },
    ],
    { x: LEFT, y: MARGIN, width: TEXT_WIDTH },
  );
  const legend = groupLegend(legendContent(groups, `${compared} = ${reference}`), {
    x: LEFT,
    y: head.end + 8,
    width: TEXT_WIDTH,
  });
  const panelsY = head.end + 8 + legend.height + 12;
  const leftOut = input.groups.reduce((sum, group) => sum + group.points.length, -pairs.length);
  const foot = paragraphs(
    [{ text: leftOutNote(leftOut), fontSize: 12, fontWeight: 400, fill: "#555" }],
    { x: LEFT, y: panelsY + PANEL.height + 6, width: TEXT_WIDTH },
  );
  const height = Math.max(foot.end, panelsY + PANEL.height) + MARGIN / 2;
  return drawPicture({ width: WIDTH, height, marks: [head.marks, legend.marks, foot.marks] }, [
    { x: MARGIN, y: panelsY, plot: valuesPanel(pairs, names) },
    { x: MARGIN + PANEL.width + GAP, y: panelsY, plot: errorsPanel(pairs, names) },
  ]);
}

function legendContent(groups: readonly DrawnGroup[], equality: string): LegendContent {
  const pairs = groups.flatMap((group) => group.pairs);
  const { beyond, limit } = errorLimit(pairs);
  const sum = {
    name: "all groups",
    style: undefined,
    pairs,
    meanError: meanAbsoluteError(pairs),
  };
  const rows = groups.length > 1 ? [...groups, sum] : groups;
  return {
    headings: ["n", "MAPE"],
    entries: rows.map(({ name, style, pairs: own, meanError }) => ({
      name,
      style,
      numbers: [own.length.toLocaleString("en-US"), formatMeanError(meanError)],
    })),
    keys: [
      { text: equality, kind: "line", colour: KEY_COLOURS.line },
      { text: `within ±${ERROR_BAND * 100} %`, kind: "band", colour: KEY_COLOURS.band },
      ...(beyond > 0
        ? [
            {
              text: `${beyond.toLocaleString("en-US")} beyond ±${formatPercent(limit)}`,
              kind: "hollow" as const,
              colour: KEY_COLOURS.line,
            },
          ]
        : []),
    ],
  };
}

function formatMeanError(error: number): string {
  if (Number.isNaN(error)) return "–";
  if (error > 0 && error < 0.0005) return "< 0.1 %";
  return formatPercent(error);
}

function leftOutNote(count: number): string {
  if (count === 0) return "";
  const pairs = count === 1 ? "1 pair is" : `${count.toLocaleString("en-US")} pairs are`;
  return `${pairs} left out, here and in n and MAPE: not both values are positive and finite.`;
}
