import type { Reporter, TestModule } from "vitest/node";

/** Prints each case on an emulated machine with what came of it and how long it took, as the last lines of such a run. */
export class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules
      .filter(({ project }) => project.name === "vm")
      .flatMap((each) => [...each.children.allTests()]);
    const rows = tests.map((test) => {
      const seconds = ((test.diagnostic()?.duration ?? 0) / 1_000).toFixed(1);
      const result = test.result();
      const why = result.state === "skipped" && result.note !== undefined ? ` (${result.note})` : "";
      return `${result.state.padEnd(8)}${seconds.padStart(7)} s  ${test.name}${why}`;
    });
    if (rows.length === 0) return;
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const lines = [...rows, `cases on an emulated machine: ${passed}/${rows.length} passed`];
    process.once("exit", () => process.stdout.write(`${lines.join("\n")}\n`));
  }
}
