import { defineConfig } from "vitest/config";
import { WalkedReporter } from "./test/model/walked-reporter.ts";

/** A farm of namespaces loads the whole machine: one file at a time, with time for what a network makes one wait for. */
const farm = { fileParallelism: false, maxWorkers: 1, testTimeout: 120_000, hookTimeout: 60_000 };

/** These tests run in a sandbox of the lab, and refuse to run elsewhere. */
const inside = { setupFiles: ["test/inside.ts"] };

/** Tests of one kind; kinds with a higher order start when those before have ended. */
const project = (name: string, groupOrder: number, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], sequence: { groupOrder }, ...options },
});

export default defineConfig({
  test: {
    passWithNoTests: true,
    reporters: ["default", new WalkedReporter()],
    projects: [
      project("unit", 0, { testTimeout: 20_000 }),
      project("model", 0, { testTimeout: 60_000 }),
      project("lab", 1, farm),
      project("effects", 2, { ...farm, ...inside }),
      project("contract", 3, { ...farm, ...inside }),
      project("fault", 4, { ...farm, ...inside }),
      project("browser", 5, farm),
    ],
  },
});
