import { join } from "node:path";
import { BootError } from "../errors.ts";
import { names } from "../policy/names.ts";
import { readText, remove, writeAtomically } from "./files.ts";
import { run, start, tied } from "./run.ts";

/** Where the program keeps what it must know of the services that it supervises itself, from one run to the next. */
const directory = join(names.runDir, "service");

function lockFile(service: string): string {
  return join(directory, `${service}.lock`);
}

function definitionFile(service: string): string {
  return join(directory, `${service}.json`);
}

/**
 * The same command beneath flock(1), which holds the service's lock for as long as the command runs and ends with it. So
 * the kernel keeps a second client from being started, and tells of the end of one that is no child of this process.
 * `--close`: helpers of the command, which may outlive it, do not hold the lock.
 */
export function lockedCommand(service: string, argv: readonly string[]): string[] {
  return ["flock", "--nonblock", "--close", lockFile(service), ...argv];
}

/** Notes what is being started under the service's lock. */
export async function writeDefinition(service: string, definition: string): Promise<void> {
  await writeAtomically(definitionFile(service), definition);
}

/** What was last started under the service's lock; null when nothing was, or it was removed. */
export async function readDefinition(service: string): Promise<string | null> {
  return readText(definitionFile(service));
}

/** Forgets a service, whose lock must be free. */
export async function forgetService(service: string): Promise<void> {
  await remove(definitionFile(service), lockFile(service));
}

/** Whether the service's command runs. A service that was never started has no lock, and none is made. */
export async function isLocked(service: string): Promise<boolean> {
  if ((await readText(lockFile(service))) === null) return false;
  try {
    await run(["flock", "--nonblock", lockFile(service), "true"]);
    return false;
  } catch (error) {
    // flock(1) says nothing when the lock is held.
    if (error instanceof BootError && error.code === "command-failed" && error.stderr === "") return true;
    throw error;
  }
}

/**
 * Resolves when the service's command has ended: the kernel grants the lock then.
 *
 * @throws BootError `aborted`, `command-failed` when the lock cannot be waited for
 */
export async function awaitUnlocked(service: string, signal: AbortSignal): Promise<void> {
  if ((await readText(lockFile(service))) === null) return;
  const waiting = await start(tied(["flock", lockFile(service), "true"]));
  const end = () => void waiting.end("SIGKILL");
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const { exitCode, stderr } = await waiting.exited;
  signal.removeEventListener("abort", end);
  if (signal.aborted) throw new BootError("aborted", `${service} is no longer watched`);
  if (exitCode !== 0) throw new BootError("command-failed", `flock on ${lockFile(service)} failed: ${stderr}`);
}
