import { createEffects } from "../../effects/index.ts";
import { tearDown } from "../../effects/tear-down.ts";
import type { Supervisor } from "../../src/ports.ts";
import { readText } from "../../src/os/files.ts";
import { commandIn, readNamespaces } from "../../src/os/ip.ts";
import { run } from "../../src/os/run.ts";

export const control = { signal: new AbortController().signal };

/** Of the node's one NIC, and what it is chosen for. */
export const mac = "02:00:00:00:01:00";
export const uplink = { nic: "eth0", mac, mtuBytes: null, families: ["v4" as const] };
export const identity = {
  source: "mac" as const,
  duid: `00:03:00:01:${mac}`,
  hostname: "node",
  npub4Mac: "02:00:00:00:04:00",
  npub6Mac: "02:00:00:00:06:00",
};

/** The sandbox itself is the node; it has one NIC, whose cable leads into the namespace `peer`. */
export async function plugIn(nic: string, address: string): Promise<void> {
  await run(["ip", "netns", "add", "peer"]);
  await run(["ip", "link", "add", nic, "address", address, "type", "veth", "peer", "name", "port", "netns", "peer"]);
  await run(["ip", "-n", "peer", "link", "set", "port", "up"]);
}

export async function unplug(): Promise<void> {
  await tearDown(idle)({}, control);
  await run(["ip", "link", "del", "eth0"]);
  await run(["ip", "netns", "del", "peer"]);
}

/** These tests are about what effects do themselves: no DHCP client runs. */
export const idle: Supervisor = {
  kind: "embedded",
  ensure: () => Promise.resolve(),
  state: () => Promise.resolve({ state: "absent", detail: "idle" }),
  findForeign: () => Promise.resolve(null),
  watch: () => () => undefined,
  signal: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
export const effects = createEffects(idle, { dhcpClient: "auto" });

/** Everything that an effect may change, as the tools tell it, without what changes by itself. */
export async function pictureOfNode(): Promise<string> {
  const places = [null, ...(await readNamespaces()).filter((name) => name !== "peer").toSorted()];
  const pictures = await Promise.all(places.map(async (place) => `${place ?? "node"}:\n${await pictureOf(place)}`));
  return [...pictures, await readText("/etc/resolv.conf")].join("\n");
}

async function pictureOf(namespace: string | null): Promise<string> {
  const views = [
    ["ip", "-d", "link"],
    ["ip", "addr"],
    ["ip", "route", "show", "table", "all"],
    ["ip", "-6", "route", "show", "default"],
    ["nft", "--terse", "--stateless", "list", "ruleset"],
    ["sysctl", "-a", "-e", "--pattern", "^net.ipv[46].(conf|ip_forward)"],
  ];
  const outputs = await Promise.all(views.map((view) => run(commandIn(namespace, ...view))));
  return outputs
    .map(({ stdout }) =>
      stdout
        .replaceAll(passing, "")
        .replaceAll(/[ \t]+/g, " ")
        .replaceAll(/\s+\n/g, "\n"),
    )
    .join("\n");
}

/** Timers, carrier, and the link-local addresses that the kernel gives and takes with it. */
const passing =
  /\w+_timer +[\d.]+|NO-CARRIER,|,LOWER_UP|state \w+|qdisc \w+|linkdown|\w+ft \w+|topology_change\w* \d|^.*(fe80|ff00)::.*\n/gm;
