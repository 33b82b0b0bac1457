import { expect, test } from "vitest";
import type { Report } from "../../src/cli/report.ts";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
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
    const report = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as Report;
    expect(report).toMatchObject({
      nics: [
        { nic: "eth0", verdict: "chosen", reason: "private gateway 192.168.1.1, the only candidate", class: "private" },
      ],
      site: { family: "private IPv4 behind NAT, global IPv6", canServe: { egress4: { answer: "yes" } } },
    });
    expect(await outputOf(node, "ip", "-br", "addr", "show")).toBe(before);
    expect(await outputOf(node, "sh", "-c", "ip netns list; ls /run/zos-boot /etc/netns 2>/dev/null || true")).toBe("");
  }));

test("links that are no NICs are reported with what they are, and a pin on one of them is said plainly", () =>
  withFarm(homeDual, async ({ node }) => {
    await node.run(["ip", "link", "add", "br-vm", "type", "bridge"]);
    await node.run(["ip", "tuntap", "add", "tap0", "mode", "tap"]);
    await node.run(["ip", "link", "set", "tap0", "master", "br-vm"]);
    const { nics, otherLinks } = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as Report;
    expect(nics.map(({ nic }) => nic)).toEqual(["eth0"]);
    const reason = "virtual links of kinds that are not among nicKinds: bridge, tun";
    expect(otherLinks).toContainEqual({ nic: "br-vm, tap0", verdict: "unusable", reason });
    await node.run(["sh", "-c", "echo 'uplink: tap0' >> /etc/zos-boot.yaml"]);
    await startUp(node);
    const status = await until(node, ({ state }) => state === "restart");
    expect(status.failure).toBe("tap0 is pinned as the uplink, but it is a port of br-vm (bridge)");
    expect(status.nics).toEqual([
      {
        nic: "eth0",
        verdict: "lost",
        reason: "tap0 is pinned as the uplink by configuration, but it is a port of br-vm (bridge)",
      },
      { nic: "tap0", verdict: "unusable", reason: "pinned as the uplink, but it is a port of br-vm (bridge)" },
      {
        nic: "br-vm",
        verdict: "unusable",
        reason: "a virtual link; kind bridge is not among nicKinds",
      },
    ]);
  }));

test("a probe of a booted node reports what stands and touches no NIC, whether its boot still runs or was killed", () =>
  withFarm(homeDual, async ({ node }) => {
    const picture = () =>
      outputOf(
        node,
        "sh",
        "-c",
        "ip -o link; ip -br addr; ip route; ip netns; ls /run/zos-boot /etc/netns; pgrep -a dhcpcd",
      );
    const up = await startUp(node);
    await until(node, (status) => isOnline(status) && (status.zos?.ipv6.length ?? 0) > 0);
    const before = await picture();
    const ofRunning = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as Report;
    expect(ofRunning).toMatchObject({
      nics: [
        {
          nic: "eth0",
          verdict: "chosen",
          hasCarrier: true,
          class: "private",
          gateways: ["192.168.1.1", expect.stringMatching(/^fe80:/)],
        },
      ],
      site: {
        family: "private IPv4 behind NAT, global IPv6",
        canServe: { egress4: { answer: "yes" }, egress6: { answer: "yes" }, zdb: { answer: "unknown" } },
        advice: [],
      },
    });
    expect(await picture()).toBe(before);
    await up.signal("SIGKILL");
    await up.exited;
    await outputOf(node, "rm", "-f", "/run/zos-boot/status.json");
    const ofStanding = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as Report;
    expect(ofStanding).toMatchObject({ nics: [{ nic: "eth0", verdict: "chosen" }], site: ofRunning.site });
  }));
