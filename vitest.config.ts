import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts", "test/*.test.ts"],
        },
      },
      {
        test: {
          name: "validation",
          include: ["test/validation/**/*.test.ts", "test/cli/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
