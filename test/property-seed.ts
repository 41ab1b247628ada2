/**
 * Property tests draw the same cases in every run, so that a failure is one of the change and not
 * of the day.
 */

import fc from "fast-check";

fc.configureGlobal({ seed: 20_261_123 });
