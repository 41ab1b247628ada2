/** The names of the figures, apart from what makes them: the command line needs only these. */

/** What `sim figures` takes. */
export const FIGURE_IDS = [
  "F1",
  "F2",
  "F3",
  "F4",
  "F5",
  "F6",
  "F7",
  "F8",
  "F9",
  "F10",
  "F11",
  "F12",
];
