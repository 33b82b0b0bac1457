import type { Reporter, TestModule } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** How many of a machine's transitions a test has walked. */
    transitions?: { walked: number; total: number };
  }
}

/** Prints how many transitions were walked, over all machines, as the last line of a run that includes those tests. */
export class WalkedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((each) => [...each.children.allTests()]);
    const found = tests.flatMap((each) => each.meta().transitions ?? []);
    if (found.length === 0) return;
    const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
    const line = `transitions walked: ${sum(found.map(({ walked }) => walked))}/${sum(found.map(({ total }) => total))}`;
    process.once("exit", () => process.stdout.write(`${line}\n`));
  }
}
