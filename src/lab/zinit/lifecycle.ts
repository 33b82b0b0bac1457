import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Definition } from "./zinit-yaml.ts";
import { splitWords } from "./split-words.ts";

/** zinit waits this long before it starts a daemon again, and between tests (src/zinit/lifecycle.rs). */
const againMs = 2_000;

/** A service that is monitored; `state` is as zinit prints it. */
export interface Service {
  readonly name: string;
  readonly definition: Definition;
  state: string;
  target: "Up" | "Down";
  /** Zero while no process runs. */
  pid: number;
  /** Whether somebody looks after it already. */
  isScheduled: boolean;
}

/** What a service needs of the others. */
export interface Surroundings {
  /** Whether all services that this one comes after are there. */
  canStart: (definition: Definition) => boolean;
  /** Resolves when some service has changed. */
  changed: () => Promise<void>;
  tellChange: () => void;
}

/** Looks after a service until its target is down: a daemon is started again, a one-shot never. */
export async function lookAfter(service: Service, around: Surroundings): Promise<void> {
  if (isDown(service) || service.isScheduled) return;
  service.isScheduled = true;
  while (!isDown(service)) {
    while (!around.canStart(service.definition)) {
      service.state = "Blocked";
      await around.changed();
    }
    if (isDown(service) || !(await runOnce(service, around)) || service.definition.oneshot) break;
    await delay(againMs);
  }
  service.isScheduled = false;
}

/** Somebody may have stopped it while it was awaited. */
function isDown({ target }: Service): boolean {
  return target === "Down";
}

/** Runs the service's process to its end; false when it could not be started, which zinit does not try again. */
async function runOnce(service: Service, { tellChange }: Surroundings): Promise<boolean> {
  const { definition } = service;
  const child = startProcess(definition.exec, definition);
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid } = child;
  if (pid === undefined) {
    await ended.catch(() => undefined);
    service.state = "Failure";
    return false;
  }
  service.pid = pid;
  service.state = definition.oneshot ? "Running" : "Spawned";
  const isOver = new AbortController();
  if (!definition.oneshot) void testUntilPassed(service, isOver.signal).then(tellChange);
  const [code, signal] = await ended;
  isOver.abort();
  service.pid = 0;
  service.state = endOf(pid, code, signal);
  tellChange();
  return true;
}

/** As Rust's nix prints how a process ended. */
function endOf(pid: number, code: number | null, signal: NodeJS.Signals | null): string {
  if (code === 0) return "Success";
  return signal === null
    ? `Error(Exited(Pid(${pid}), ${code ?? 0}))`
    : `Error(Signaled(Pid(${pid}), ${signal}, false))`;
}

/** A daemon counts as running when its test has passed; one without a test at once. */
async function testUntilPassed(service: Service, signal: AbortSignal): Promise<void> {
  const { definition } = service;
  while (!signal.aborted) {
    const hasPassed = definition.test === "" || (await passes(definition));
    if (service.pid === 0) return;
    service.state = hasPassed ? "Running" : "TestFailure";
    if (hasPassed) return;
    await delay(againMs, undefined, { signal }).catch(() => undefined);
  }
}

async function passes(definition: Definition): Promise<boolean> {
  const [code] = (await once(startProcess(definition.test, definition), "exit").catch(() => [1])) as [number | null];
  return code === 0;
}

/** Each service is a process group of its own, which gets the signals (src/manager/mod.rs). */
function startProcess(line: string, { env, dir, log }: Definition): ChildProcess {
  const [file = "", ...args] = splitWords(line) ?? [];
  const stdio = log === "stdout" ? "inherit" : "ignore";
  return spawn(file, args, { cwd: dir === "" ? "/" : dir, env: { ...process.env, ...env }, stdio, detached: true });
}
