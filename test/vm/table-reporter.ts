import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Tells of each case on an emulated machine when it has ended, for they take long; and of all of them as the last lines. */
export class TableReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    if (isOurs(test)) process.stdout.write(`${rowOf(test)}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((each) => [...each.children.allTests()]).filter(isOurs);
    const ran = tests.filter((test) => test.result().state !== "skipped" || whySkipped(test) !== "");
    if (ran.length === 0) return;
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const lines = [...ran.map(rowOf), `cases on an emulated machine: ${passed}/${ran.length} passed`];
    process.once("exit", () => process.stdout.write(`${lines.join("\n")}\n`));
  }
}

function isOurs({ project }: TestCase): boolean {
  return project.name === "vm";
}

function rowOf(test: TestCase): string {
  const seconds = ((test.diagnostic()?.duration ?? 0) / 1_000).toFixed(1);
  return `${test.result().state.padEnd(8)}${seconds.padStart(7)} s  ${test.name}${whySkipped(test)}${whyFailed(test)}`;
}

/** The first line of what failed, for the last lines are those that are read. */
function whyFailed(test: TestCase): string {
  const first = test.result().errors?.[0]?.message.split("\n")[0];
  return first === undefined ? "" : `: ${first}`;
}

function whySkipped(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" && result.note !== undefined ? ` (${result.note})` : "";
}
