import { defineConfig } from "vitest/config";
import { WalkedReporter } from "./test/model/walked-reporter.ts";
import { TableReporter } from "./test/vm/table-reporter.ts";

/**
 * A farm of namespaces loads a core: one file at a time, with time for what a network makes one wait for. Three kinds run
 * beside each other on two cores, where now and then a DHCP client or a kernel timer is late. A test that is run a second
 * time is printed as such.
 */
const farm = { fileParallelism: false, maxWorkers: 1, testTimeout: 120_000, hookTimeout: 60_000, retry: 1 };

/** These tests run in a sandbox of the lab, and refuse to run elsewhere. */
const inside = { setupFiles: ["test/inside.ts"] };

/** Node.js needs seconds to start on a machine in software emulation; cases wait for conditions with limits of their own. */
const emulated = { testTimeout: 900_000, hookTimeout: 600_000 };

/** Tests of one kind; kinds with a higher order start when those before have ended. */
const project = (name: string, groupOrder: number, options: object = {}) => ({
  test: { name, maxWorkers: "100%", include: [`test/${name}/**/*.test.ts`], sequence: { groupOrder }, ...options },
});

export default defineConfig({
  test: {
    passWithNoTests: true,
    reporters: ["default", new WalkedReporter(), new TableReporter()],
    projects: [
      project("unit", 0, { testTimeout: 60_000, isolate: false }),
      project("model", 0, { testTimeout: 240_000 }),
      project("lab", 1, farm),
      project("effects", 2, { ...farm, ...inside }),
      project("contract", 3, { ...farm, ...inside }),
      project("fault", 4, { ...farm, ...inside }),
      project("browser", 5, farm),
      project("vm", 6, { ...farm, ...inside, ...emulated }),
    ],
  },
});
