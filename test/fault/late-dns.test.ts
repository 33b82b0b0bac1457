import { expect, test } from "vitest";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { changeOffer } from "../../src/lab/farm/router.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { run } from "../../src/os/run.ts";
import { isOnline, outputOf, startUp, reloadWith, until, withFarm } from "./boot.ts";

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

test("DNS servers that are configured while the node is online are used, where those of the network are dead", () =>
  withFarm(homeDual, async (farm) => {
    const { node } = farm;
    await startUp(node);
    await until(node, isOnline);
    const lookUp = () => outputOf(node, "sh", "-c", "nc -z -w 5 bootstrap.grid.tf 443 && echo found; true");
    expect(await lookUp()).toBe("found\n");
    const rules =
      "table inet dead { chain in { type filter hook input priority 0; meta l4proto { tcp, udp } th dport 53 drop; }; }";
    await run(inNamespace("router-home", ["nft", rules]));
    expect(await lookUp()).toBe("");
    await reloadWith(farm, `fallbackDns: [${internet.dns4}]`);
    await expect.poll(lookUp, { timeout: 30_000 }).toBe("found\n");
    await until(node, isOnline);
  }));
