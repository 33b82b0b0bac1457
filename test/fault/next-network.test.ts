import { expect, test } from "vitest";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { run } from "../../src/os/run.ts";
import { isOnline, outputOf, startUp, until, withFarm } from "./boot.ts";

const [withIpv6] = layoutNamed("home-dual").segments;
const [withoutIpv6] = layoutNamed("home-v4").segments;
if (withIpv6 === undefined || withoutIpv6 === undefined) throw new Error("a home has one segment");

/** eth0 goes first, in a network with IPv6; eth1 is in one that has none. */
const twoHomes: Layout = {
  ...layoutNamed("home-dual"),
  segments: [
    { ...withIpv6, name: "first" },
    { ...withoutIpv6, name: "next" },
  ],
  nics: [
    { name: "eth0", segment: "first", hasCarrier: true },
    { name: "eth1", segment: "next", hasCarrier: true },
  ],
};

test.each([
  { how: "is pulled", lose: () => run(inNamespace("switch-first", ["ip", "link", "set", "port0", "down"])) },
  { how: "is gone as a device", lose: () => run(inNamespace("switch-first", ["ip", "link", "del", "port0"])) },
])("an uplink that $how takes its network's addresses and routes with it", ({ lose }) =>
  withFarm(twoHomes, async ({ node }) => {
    await startUp(node);
    const before = await until(node, (status) => isOnline(status) && (status.zos?.ipv6.length ?? 0) > 0);
    expect(before.uplink?.nic).toBe("eth0");
    await lose();
    await until(node, ({ state, uplink }) => uplink?.nic === "eth1" && state === "waitIpv6");
    await outputOf(node, "nc", "-z", "-w", "3", "198.51.100.10", "80");
    const ipv6 = ["-6", "-o", "addr", "show", "scope", "global", "dev"];
    expect(await outputOf(node, "ip", ...ipv6, "zos")).toBe("");
    expect(await outputOf(node, "ip", "-n", "ndmz", ...ipv6, "npub6")).toBe("");
    expect(await outputOf(node, "ip", "-6", "route", "show", "default", "dev", "zos")).toBe("");
    expect(await outputOf(node, "ip", "-n", "ndmz", "-6", "route", "show", "default")).toBe("");
  }),
);
