import { expect, test } from "vitest";
import type { Layout } from "../../src/lab/layout.ts";
import { layoutNamed } from "../../src/lab/layouts.ts";
import { isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";

const homeDual = layoutNamed("home-dual");
const [home] = homeDual.segments;
const silent = { name: "silent", router: null };

test("a node without any NIC says so and goes on trying", () =>
  withFarm({ ...homeDual, nics: [] }, async ({ node }) => {
    await startUp(node);
    const { failure } = await until(node, ({ state }) => state === "restart");
    expect(failure).toContain("no NIC");
    await until(node, ({ states }) => states.filter(({ state }) => state === "recover").length > 1);
  }));

test("a NIC that vanishes while it is probed does not hold up the others", () => {
  const nics = [
    { name: "eth0", segment: "silent", hasCarrier: true },
    { name: "eth1", segment: "home", hasCarrier: true },
  ];
  const layout: Layout = { ...homeDual, segments: home === undefined ? [silent] : [home, silent], nics };
  return withFarm(layout, async ({ node }) => {
    await startUp(node);
    await until(node, ({ detail }) => detail.startsWith("probe.watch"));
    await outputOf(node, "ip", "link", "del", "dev", "eth0");
    const { uplink } = await until(node, isOnline);
    expect(uplink?.nic).toBe("eth1");
    await expectNothingStray(node, ["eth1", "zos"]);
  });
});

test("the only NIC vanishes while it is probed: the boot says why it restarts", () =>
  withFarm(
    { ...homeDual, segments: [silent], nics: [{ name: "eth0", segment: "silent", hasCarrier: true }] },
    async ({ node }) => {
      await startUp(node);
      await until(node, ({ detail }) => detail.startsWith("probe.watch"));
      await outputOf(node, "ip", "link", "del", "dev", "eth0");
      const { failure } = await until(node, ({ state }) => state === "restart");
      expect(failure).toMatch(/default gateway|no NIC/);
      expect(await outputOf(node, "ip", "netns", "list")).not.toContain("zos-probe-");
    },
  ));

test("NICs that are moved into their namespaces come back, and the node comes online", () =>
  withFarm(homeDual, async ({ node }) => {
    await node.run(["sh", "-c", "echo 'isolation: move' >> /etc/zos-boot.yaml"]);
    await startUp(node);
    await until(node, isOnline);
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("a probe reports the NIC that a boot would choose and leaves nothing behind", () =>
  withFarm(homeDual, async ({ node }) => {
    const before = await outputOf(node, "ip", "-br", "addr", "show");
    const report = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as { nics: unknown[] };
    expect(report.nics).toEqual([
      { nic: "eth0", verdict: "chosen", reason: "private gateway 192.168.1.1, the only candidate" },
    ]);
    expect(await outputOf(node, "ip", "-br", "addr", "show")).toBe(before);
    expect(await outputOf(node, "sh", "-c", "ip netns list; ls /run/zos-boot /etc/netns 2>/dev/null || true")).toBe("");
  }));
