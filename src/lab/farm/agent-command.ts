/** The command line of an agent: a small program that makes or takes connections in some namespace (see agent.ts). */
export function agentArgv(bundle: string, ...args: string[]): string[] {
  return [process.execPath, bundle, "lab", "agent", ...args];
}

/** How long a command of the program, or an agent, may take: on a machine in software emulation Node.js starts in seconds. */
export const programTimeoutMs = 120_000;
