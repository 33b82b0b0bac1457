import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { run } from "../../src/os/run.ts";
import type { StepName } from "../../src/policy/steps.ts";
import type { Status } from "../../src/program/status-file.ts";
import { isOnline, outputOf, startUp, until, withFarm } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";

const homeDual = layoutNamed("home-dual");

/** Online again, after one more visit of this step. */
const isMendedBy =
  (step: StepName, before: Status) =>
  (status: Status): boolean =>
    isOnline(status) && visits(status, step) > visits(before, step);

function visits(status: Status, step: StepName): number {
  return status.visits[step] ?? 0;
}

test.each<{ lost: string; step: StepName; command: string[] }>([
  {
    lost: "the NAT rules",
    step: "nat",
    command: ["ip", "netns", "exec", "ndmz", "nft", "delete", "table", "inet", "zos-boot"],
  },
  {
    lost: "one rule",
    step: "nat",
    command: ["ip", "netns", "exec", "ndmz", "nft", "flush", "chain", "inet", "zos-boot", "postrouting"],
  },
  {
    lost: "the IPv6 default route",
    step: "waitIpv6",
    // The router may advertise itself at any moment: the route is taken away until that is noticed.
    command: [
      ...["timeout", "30", "sh", "-c"],
      `until grep -q '"waitIpv6":2' /run/zos-boot/status.json; do ip -n ndmz -6 route flush default; done`,
    ],
  },
  { lost: "npub6", step: "ndmz", command: ["ip", "-n", "ndmz", "link", "del", "npub6"] },
  { lost: "tonrs", step: "ndmz", command: ["ip", "-n", "ndmz", "link", "del", "tonrs"] },
  { lost: "ndmz", step: "ndmz", command: ["ip", "netns", "del", "ndmz"] },
])("$lost is missed and mended by going back to $step", ({ step, command }) =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    const before = await until(node, isOnline);
    await outputOf(node, ...command);
    const after = await until(node, isMendedBy(step, before));
    expect(visits(after, "probe")).toBe(visits(before, "probe"));
    expect(after.zos?.ipv4).toEqual(before.zos?.ipv4);
  }),
);

test("the node gets its own IPv6 back that it alone has lost, while workloads' goes on", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    await until(node, isOnline);
    const reached = async (namespace: string | null) =>
      (await node.run(["sh", "-c", `nc -6 -z -w 2 ${internet.http6} 80 && echo yes; true`], { namespace })).stdout;
    expect(await reached(null)).toBe("yes\n");
    const lose = "ip -6 addr flush dev zos scope global; ip -6 route flush dev zos default";
    await outputOf(node, "sh", "-c", `sysctl -qw net.ipv6.conf.zos.accept_ra=0; ${lose}`);
    expect(await reached("ndmz")).toBe("yes\n");
    await expect.poll(() => reached(null), { timeout: 30_000 }).toBe("yes\n");
    const { reach } = await until(node, (status) => isOnline(status) && status.reach?.node.v6.state === "works");
    expect(reach?.workloads.v6.state).toBe("works");
  }));

test("a DHCP client that is killed comes back with the same lease, and zos never loses its address", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    await until(node, isOnline);
    const address = await outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos");
    const first = (await outputOf(node, "pgrep", "-f", "^dhcpcd: zos .ip4.")).trim();
    await outputOf(node, "pkill", "-KILL", "-f", "^dhcpcd: .*zos");
    expect(await outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos")).toBe(address);
    const clients = () => outputOf(node, "sh", "-c", "pgrep -f '^dhcpcd: zos .ip4.' || true");
    await expect.poll(async () => (await clients()).trim(), { timeout: 10_000 }).toMatch(/^\d+$/);
    expect((await clients()).trim()).not.toBe(first);
    expect(await outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos")).toBe(address);
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("a DHCP client that hangs while zos has lost its lease is ended, and the node stays online by IPv6 meanwhile", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    const before = await until(node, (status) => isOnline(status) && (status.zos?.ipv6.length ?? 0) > 0);
    await outputOf(node, "pkill", "-STOP", "-f", "^dhcpcd: .*zos");
    await outputOf(node, "ip", "-4", "addr", "flush", "dev", "zos");
    await until(node, ({ detail }) => detail.startsWith("online.renew"));
    const after = await until(node, ({ detail }) => detail === "online.watching");
    expect(after.zos?.ipv4).toEqual(before.zos?.ipv4);
    expect(after.states.map(({ state }) => state)).toEqual(before.states.map(({ state }) => state));
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("when the uplink is pulled, the node comes online through its other NIC", () =>
  withFarm(
    { ...homeDual, nics: ["eth0", "eth1"].map((name) => ({ name, segment: "home", hasCarrier: true })) },
    async ({ node }) => {
      await startUp(node);
      const before = await until(node, isOnline);
      const [pulled, other] = before.uplink?.nic === "eth0" ? ["eth0", "eth1"] : ["eth1", "eth0"];
      await run(inNamespace("switch-home", ["ip", "link", "set", pulled === "eth0" ? "port0" : "port1", "down"]));
      const after = await until(node, (status) => isOnline(status) && status.uplink?.nic === other);
      expect(after.nics.find(({ nic }) => nic === pulled)?.reason).toBe("no carrier");
      await expectNothingStray(node, ["eth0", "eth1", "zos"]);
    },
  ));
