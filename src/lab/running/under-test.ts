import { open } from "node:fs/promises";
import type { Status } from "../../program/status-file.ts";
import type { LabNode } from "../farm/node.ts";
import type { Program } from "../farm/program.ts";

/** The program under test, in as many processes as the node would have. */
export interface UnderTest {
  /** The process that goes on by now. */
  current: () => Program;
  /** Resolves with the exit code of the daemon, or of a one-shot that failed. */
  ended: Promise<number>;
}

/** How the program under test is started. */
export interface UnderTestOptions {
  bundle: string;
  logFile: string;
  stderrFile: string;
  /** Whether it says nothing on stdout and stderr of the lab. */
  isQuiet: boolean;
  /** Whether it runs as services of a process manager do: `internet`, and `networkd` when that has ended with 0. */
  isInStages: boolean;
  /** Flags by which the last process tells what happens, and the open file that it writes that to; or null. */
  stream: { flags: readonly string[]; fd: number } | null;
}

/** Starts the program under test on a node. */
export async function startUnderTest(node: LabNode, options: UnderTestOptions): Promise<UnderTest> {
  if (!options.isInStages) {
    const up = await startStage(node, "up", options);
    return { current: () => up, ended: up.exited };
  }
  let current = await startStage(node, "internet", { ...options, stream: null });
  const follow = async () => {
    const code = await current.exited;
    if (code !== 0) return code;
    current = await startStage(node, "networkd", options);
    return current.exited;
  };
  return { current: () => current, ended: follow() };
}

async function startStage(node: LabNode, stage: string, options: UnderTestOptions): Promise<Program> {
  const { bundle, logFile, isQuiet, stream } = options;
  const stderr = await open(options.stderrFile, "a");
  const flags = stream === null ? [] : ["--record-fd", "3", ...stream.flags];
  const output = isQuiet ? (["ignore", "ignore", stderr.fd] as const) : (["ignore", "inherit", "inherit"] as const);
  const program = await node.start(
    [process.execPath, bundle, stage, "--log-level", "debug", "--log-file", logFile, ...flags],
    {
      stdio: [...output, stream?.fd ?? "ignore"],
    },
  );
  await stderr.close();
  return program;
}

/** The daemon's status with what the one-shot before it found out and went through. */
export function withOneShot(status: Status, oneShot: Status | null): Status {
  if (oneShot === null) return status;
  return { ...status, nics: oneShot.nics, states: [...oneShot.states, ...status.states] };
}
