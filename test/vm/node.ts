import { readFile } from "node:fs/promises";
import { names } from "../../src/policy/names.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { type Status, statusFile } from "../../src/program/status-file.ts";
import type { StepName } from "../../src/policy/steps.ts";
import { until } from "./bed.ts";
import type { Machine } from "./machine.ts";

/** What the program in the guest last wrote of itself, or null. */
export async function statusOf({ attempt }: Machine): Promise<Status | null> {
  const { code, stdout } = await attempt(["cat", statusFile]);
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

/** How long the guest waits for a state of the boot, in seconds. */
const awaitStateSeconds = 240;

/**
 * Waits in the guest itself, which is fast enough for steps that pass, until the boot is in a state; runs a command at
 * once then, and gives the status that it had.
 */
export async function atState({ run }: Machine, state: StepName, command = "true"): Promise<Status> {
  const script = `
    left=${awaitStateSeconds}0
    until grep -q '"state":"${state}","detail"' ${statusFile}; do
      left=$((left - 1)); [ $left -gt 0 ] || { cat ${statusFile} >&2; exit 1; }
      sleep 0.1
    done
    status=$(cat ${statusFile})
    ${command}
    echo "$status"`;
  const stdout = await run(["sh", "-c", script], { timeoutMs: 2_000 * awaitStateSeconds });
  return JSON.parse(stdout) as Status;
}

export const killProgram = "systemctl kill --signal KILL --kill-who main zos-boot";

/** Has the unit boot the node from nothing; with more of its configuration, which lasts. */
export async function bootAnew(machine: Machine, settings = ""): Promise<void> {
  await machine.run(["systemctl", "stop", "zos-boot"]);
  await machine.run(["zos-boot", "down"]);
  await machine.run(["sh", "-c", `cat >/etc/zos-boot.yaml; sync; rm -f ${statusFile}`], { input: settings });
  await machine.run(["systemctl", "start", "--no-block", "zos-boot"]);
}

/** The addresses and default routes that the guest itself has, without their lifetimes. */
export async function addressesIn({ sh }: Machine): Promise<string[]> {
  const said = await sh(
    "ip -o addr show scope global | sed 's/ valid_lft.*//'; ip route show default; ip -6 route show default | sed 's/ expires [^ ]*//'",
  );
  return said
    .split("\n")
    .map((line) =>
      line
        .replaceAll(/\s+/g, " ")
        .replace(/^\d+: /, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .toSorted();
}

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
  // `down` takes the resource's link away with ndmz.
  const { code } = await machine.attempt(["ip", "-n", resource, "link", "show", names.resource]);
  if (code !== 0) {
    await machine.attempt(["ip", "netns", "add", resource]);
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

/** What is tried again because the network was late, as an emulated machine may find it. */
const byLateness = /\((aborted|timeout|unavailable)\): |; trying again/;

/** What the program's journal has of effects that failed by themselves, and of warnings and worse, a line each. */
export async function failuresIn({ sh }: Machine): Promise<string[]> {
  const journal = "journalctl --quiet --no-pager --output cat --boot --unit zos-boot --identifier node";
  const said = await sh(`{ ${journal} --priority warning; ${journal} | grep "effect failed"; } | sort -u`);
  return said.split("\n").filter((line) => line !== "" && !byLateness.test(line));
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
