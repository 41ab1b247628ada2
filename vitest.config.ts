import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts", "test/*.test.ts"],
          setupFiles: ["test/property-seed.ts"],
          // For machines that are busy with much else.
          testTimeout: 30_000,
          // The modules under test keep no state between tests: one load serves all files.
          pool: "threads",
          isolate: false,
        },
      },
      {
        test: {
          name: "validation",
          // Commands run in folders of their own: one profile of a workload serves them all.
          env: { SIM_CACHE: resolve("results/.cache/profiles") },
          include: ["test/validation/**/*.test.ts", "test/cli/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
