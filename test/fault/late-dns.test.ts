import { expect, test } from "vitest";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { changeOffer } from "../../src/lab/farm/router.ts";
import { isOnline, outputOf, startUp, until, withFarm } from "./boot.ts";

const homeDual = layoutNamed("home-dual");
const [home] = homeDual.segments;
if (home?.router == null) throw new Error("a home has a router");
const { router } = home;

/** IPv6 without any DNS server, and for now nobody who speaks DHCPv4. */
const withoutDns: Layout = {
  ...homeDual,
  probeTimeoutMs: 3_000,
  segments: [{ ...home, router: { ...router, ipv4: null, dnsmasq: ["dhcp-option=option6:dns-server"] } }],
};

test("DNS servers that a lease names after zos came onto the network by IPv6 are used", () =>
  withFarm(withoutDns, async ({ node, routers }) => {
    await startUp(node);
    await until(node, ({ detail }) => detail.startsWith("reach."));
    const [plan] = routers;
    if (plan !== undefined) await changeOffer(plan, { ...router, dnsmasq: ["dhcp-option=option6:dns-server"] });
    await until(node, isOnline);
    expect(await outputOf(node, "cat", "/etc/resolv.conf")).toContain("192.168.1.1");
    await outputOf(node, "nc", "-z", "-w", "3", "bootstrap.grid.tf", "80");
  }));
