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
  return {
    install: () => Promise.resolve(),
    start: async () => {
      program = await startLogged(node, [process.execPath, options.bundle, "up", ...logFlags], options);
    },
    stop: async () => (program === null ? [] : endOf(program, "`up`")),
  };
}

function byZinit(node: LabNode, options: SubjectOptions): Subject {
  const { bundle, manager } = options;
  let zinit: Program | null = null;
  return {
    install: async () => {
      const command = `${nodeLabDir}/zos-boot`;
      const script = `#!/bin/sh\nexec ${process.execPath} ${bundle} "$@" ${logFlags.join(" ")}\n`;
      await writeFile(node.root + command, script, { mode: 0o755 });
      const install = ["install", "zinit", "--generation", "0.2", "--exec", command];
      await node.run([process.execPath, bundle, ...install], { timeoutMs: programTimeoutMs });
      await node.run(["tee", "/etc/zinit/udev-trigger.yaml"], { input: 'exec: "true"\noneshot: true\n' });
    },
    start: async () => {
      const protocol = manager === "none" ? null : processManagers[manager];
      zinit = await startLogged(node, agentArgv(bundle, "zinit", protocol ?? ""), options);
    },
    stop: async () => {
      const isText = manager === "zinit";
      for (const service of ["networkd", "internet"])
        await askZinit(node, isText ? `stop ${service}` : rpcLine(service)).catch(() => undefined);
      await node.run([process.execPath, bundle, "down"], { timeoutMs: 60_000 }).catch(() => undefined);
      const problems = zinit === null ? [] : await endOf(zinit, "zinit");
      await remove(node.root + socket);
      return problems;
    },
  };
}

function rpcLine(service: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "service_stop", params: { name: service } });
}

async function askZinit(node: LabNode, line: string): Promise<void> {
  await node.run(["nc", "-N", "-U", "-w", "2", socket], { input: `${line}\n` });
}

/** What it says on stderr goes to a file of the lab; nothing else of it is shown. */
async function startLogged(node: LabNode, argv: readonly string[], { stderrFile }: SubjectOptions): Promise<Program> {
  const stderr = await open(stderrFile, "a");
  const program = await node.start(argv, { stdio: ["ignore", "ignore", stderr.fd] });
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
