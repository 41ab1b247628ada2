/** The names of the figures, apart from what makes them: the command line needs only these. */

/** What `sim figures` takes. */
export const FIGURE_IDS = ["F2", "F3", "F4", "F5", "F6", "F7", "F8", "F10", "F11"];
