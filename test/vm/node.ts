import { readFile } from "node:fs/promises";
import { names } from "../../src/policy/names.ts";
import { labDir } from "../../src/lab/sandbox.ts";
import { internet } from "../../src/lab/topology.ts";
import type { Status } from "../../src/status.ts";
import { until } from "./bed.ts";
import type { Machine } from "./machine.ts";

/** What the program in the guest last wrote of itself, or null. */
export async function statusOf({ attempt }: Machine): Promise<Status | null> {
  const { code, stdout } = await attempt(["cat", `${names.runDir}/status.json`]);
  return code === 0 && stdout !== "" ? (JSON.parse(stdout) as Status) : null;
}

/** Waits until the boot on the machine is as meant. */
export async function untilStatus(
  machine: Machine,
  isMeant: (status: Status) => boolean,
  what = "the boot's state",
): Promise<Status> {
  return until(what, async () => {
    const status = await statusOf(machine);
    if (status !== null && isMeant(status)) return status;
    throw new Error(status === null ? "the program wrote no status" : JSON.stringify(status));
  });
}

export const isOnline = ({ state, ndmz }: Status) => state === "online" && (ndmz?.npub6.ipv6.length ?? 0) > 0;
export const untilOnline = (machine: Machine) => untilStatus(machine, isOnline, "online");

/** A run that began after another is online. */
export const untilOnlineAnew = (machine: Machine, { startedAt }: Status) =>
  untilStatus(machine, (status) => status.startedAt !== startedAt && isOnline(status), "online anew");

/** A namespace of a user's network in the guest. */
const resource = "nr1";

/** Who the Internet saw at each end, by family; null is nobody. */
export interface Seen {
  v4: string | null;
  v6: string | null;
}

/** Asks the Internet's HTTP server who asks, from the guest itself or a namespace of it, by netcat: Node.js takes seconds. */
export async function seenFrom(machine: Machine, namespace: string | null = null): Promise<Seen> {
  const place = namespace === null ? [] : ["ip", "netns", "exec", namespace];
  const ask = async (address: string) => {
    const nc = [...place, "nc", "-w", "10", address, "80"];
    const { stdout } = await machine.attempt(nc, { input: "GET / HTTP/1.0\r\n\r\n" });
    return /"peer":"([^"]+)"/.exec(stdout)?.[1] ?? null;
  };
  const [v4, v6] = await Promise.all([ask(internet.http4), ask(internet.http6)]);
  return { v4, v6 };
}

/** The guest itself reaches the Internet, and a network resource does by ndmz; over both families, or over IPv4 alone. */
export async function proveTraffic(machine: Machine, families: "both" | "v4" = "both"): Promise<void> {
  await until("the guest itself reaches the Internet", async () => isWhole(await seenFrom(machine), families));
  const { code } = await machine.attempt(["ip", "netns", "pids", resource]);
  if (code !== 0) {
    await machine.run(["ip", "netns", "add", resource]);
    await machine.run(["zos-boot", "attach", resource]);
  }
  await until("a network resource reaches the Internet", async () =>
    isWhole(await seenFrom(machine, resource), families),
  );
}

function isWhole(seen: Seen, families: "both" | "v4"): Seen | null {
  if (seen.v4 !== null && (families === "v4" || seen.v6 !== null)) return seen;
  throw new Error(`seen there: ${JSON.stringify(seen)}`);
}

interface LogLine {
  level: number;
  msg: string;
  err?: { message?: string };
}

/** pino's number for a warning. */
const warning = 40;

/** What the unit logged as a warning or worse since the machine's start, and other words that tell of a failure. */
export async function failuresIn(machine: Machine): Promise<string[]> {
  const journal = await machine.sh("journalctl --no-pager -o cat -b -u zos-boot");
  const lines = journal.split("\n").filter((line) => line.startsWith("{"));
  const parsed = lines.map((line) => ({ line, ...(JSON.parse(line) as LogLine) }));
  return parsed.filter(({ level, msg }) => level >= warning || msg === "effect failed").map(({ line }) => line);
}

/** Pids of processes in the guest whose command line matches. */
export async function pidsOf({ attempt }: Machine, pattern: string): Promise<string[]> {
  const { stdout } = await attempt(["pgrep", "-f", pattern]);
  return stdout.split("\n").filter((pid) => pid !== "");
}

/** How often a segment's router has given or renewed a lease of this address. */
export async function acknowledgements(segment: string, address: string): Promise<number> {
  const log = await readFile(`${labDir}/router-${segment}.log`, "utf8");
  return log.split(`DHCPACK(lan) ${address} `).length - 1;
}
