import { open, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { remove } from "../../os/files.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import { type LabNode, nodeLabDir } from "../farm/node.ts";
import { processManagers } from "../farm/process-managers.ts";
import type { Program } from "../farm/program.ts";
import type { Manager } from "../scenarios/scenario.ts";

/** The program under test, as a node runs it for good: started by hand, or by its zinit as two services. */
export interface Subject {
  /** What must be on the node's disk before. */
  install: () => Promise<void>;
  /** Starts what keeps the node on the Internet: `up`, or the zinit. */
  start: () => Promise<void>;
  /** Adds the program to a node whose zinit runs already, if it has one. */
  add: () => Promise<void>;
  /** Ends it; gives what went wrong with that. */
  stop: () => Promise<string[]>;
}

export interface SubjectOptions {
  bundle: string;
  manager: Manager;
  /** A file of the lab. */
  stderrFile: string;
}

/** Where the program logs, with every command. */
export const subjectLog = `${nodeLabDir}/up.log`;
const logFlags = ["--log-level", "debug", "--log-file", subjectLog];
const socket = "/run/zinit.sock";
const stopMs = 15_000;

/** Makes the program under test ready for a node; nothing runs yet. */
export function createSubject(node: LabNode, options: SubjectOptions): Subject {
  return options.manager === "none" ? byHand(node, options) : byZinit(node, options);
}

function byHand(node: LabNode, options: SubjectOptions): Subject {
  let program: Program | null = null;
  const start = async () => {
    program = await startLogged(node, [process.execPath, options.bundle, "up", ...logFlags], options);
  };
  return {
    install: () => Promise.resolve(),
    start,
    add: start,
    stop: async () => (program === null ? [] : endOf(program, "`up`")),
  };
}

/** In the order in which zinit must know them. */
const services = ["udev-trigger", "internet", "networkd"] as const;

function byZinit(node: LabNode, options: SubjectOptions): Subject {
  const { bundle, manager } = options;
  const ask = async (verb: string, service: string) => {
    const isText = manager === "zinit";
    const line = isText ? `${verb} ${service}` : rpcLine(verb, service);
    await node.run(["nc", "-N", "-U", "-w", "2", socket], { input: `${line}\n` });
  };
  let zinit: Program | null = null;
  const install = () => installServices(node, bundle);
  return {
    install,
    start: async () => {
      const protocol = manager === "none" ? null : processManagers[manager];
      zinit = await startLogged(node, agentArgv(bundle, "zinit", protocol ?? ""), { ...options, isAnnounced: true });
    },
    add: async () => {
      await install();
      for (const service of services) await ask("monitor", service);
    },
    stop: async () => {
      for (const service of services.toReversed()) await ask("stop", service).catch(() => undefined);
      await node.run([process.execPath, bundle, "down"], { timeoutMs: 60_000 }).catch(() => undefined);
      const problems = zinit === null ? [] : await endOf(zinit, "zinit");
      await remove(node.root + socket);
      return problems;
    },
  };
}

/** Zinit gives the program no flags: a script of the lab has it log, where it is not asked for its status. */
async function installServices(node: LabNode, bundle: string): Promise<void> {
  const command = `${nodeLabDir}/zos-boot`;
  const script = `#!/bin/sh\n[ "$1" = status ] || set -- "$@" ${logFlags.join(" ")}\nexec ${process.execPath} ${bundle} "$@"\n`;
  await writeFile(node.root + command, script, { mode: 0o755 });
  const install = ["install", "zinit", "--generation", "0.2", "--exec", command];
  await node.run([process.execPath, bundle, ...install], { timeoutMs: programTimeoutMs });
  await node.run(["tee", "/etc/zinit/udev-trigger.yaml"], { input: 'exec: "true"\noneshot: true\n' });
}

function rpcLine(verb: string, name: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method: `service_${verb}`, params: { name } });
}

/** What it says on stderr goes to a file of the lab; nothing else of it is shown. */
async function startLogged(
  node: LabNode,
  argv: readonly string[],
  { stderrFile, isAnnounced = false }: SubjectOptions & { isAnnounced?: boolean },
): Promise<Program> {
  const stderr = await open(stderrFile, "a");
  const program = await node.start(argv, {
    isAnnounced,
    stdio: ["ignore", isAnnounced ? "pipe" : "ignore", stderr.fd],
  });
  await stderr.close();
  return program;
}

async function endOf(program: Program, name: string): Promise<string[]> {
  await program.signal("SIGTERM");
  const code = await Promise.race([program.exited, delay(stopMs, null, { ref: false })]);
  if (code !== null) return [];
  await program.signal("SIGKILL");
  await program.exited;
  return [`${name} for ${stopMs / 1_000} s after SIGTERM`];
}
