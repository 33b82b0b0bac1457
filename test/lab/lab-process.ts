import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { LabReport } from "../../src/lab/running/lab-report.ts";

/** The program under test. */
export const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));

/** A lab that runs as a process of its own, as a person would start it. */
export interface LabProcess {
  pid: number;
  /** What it has printed so far. */
  stdout: () => string;
  stderr: () => string;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
  signal: (signal: NodeJS.Signals) => void;
}

/**
 * Starts `zos-boot lab` in a process group of its own, as a shell does; it is killed when the test has finished.
 *
 * @param program a program that stands in for the bundle
 */
export function startLab(args: readonly string[], program = bundle): LabProcess {
  const child = spawn(process.execPath, [program, "lab", ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const { pid } = child;
  if (pid === undefined) throw new Error("the lab cannot be started");
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return {
    pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended: once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
    signal: (signal) => process.kill(pid, signal),
  };
}

/** Runs a lab to its end and reads its report, which must be all that is on stdout. */
export async function runLab(
  layout: string,
  program = bundle,
  more: readonly string[] = [],
): Promise<{ code: unknown; report: LabReport; stderr: string }> {
  const lab = startLab([layout, "--json", ...more], program);
  const code = await lab.ended;
  try {
    return { code, report: JSON.parse(lab.stdout()) as LabReport, stderr: lab.stderr() };
  } catch (error) {
    throw new Error(`stdout: ${lab.stdout()}\nstderr: ${lab.stderr()}`, { cause: error });
  }
}
