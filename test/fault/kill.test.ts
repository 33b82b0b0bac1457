import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { run } from "../../src/os/run.ts";
import { isOnline, isOnlineAs, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";

const homeDual = layoutNamed("home-dual");
const withhold = `table inet outage {
  chain output { type filter hook output priority 0; policy accept; icmpv6 type nd-router-advert drop; }
}`;

test("a boot that was killed while probing starts again and comes online", () =>
  withFarm(homeDual, async ({ node }) => {
    const first = await startUp(node);
    const { pid } = await until(node, ({ detail }) => detail === "probe.watch.open");
    await expect
      .poll(() => outputOf(node, "ip", "netns", "list"), { timeout: 5_000, interval: 5 })
      .toContain("zos-probe-eth0");
    await first.signal("SIGKILL");
    await first.exited;
    await startUp(node);
    await until(node, isOnlineAs(pid));
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("a boot that was killed while it waited for IPv6 starts again, adopts its uplink and comes online", () =>
  withFarm(homeDual, async ({ node, routers }) => {
    const router = routers[0]?.namespace ?? "";
    await run(inNamespace(router, ["nft", "-f", "-"]), { input: withhold });
    const first = await startUp(node);
    const { pid, zos } = await until(node, ({ detail }) => detail.startsWith("waitIpv6.listen."));
    await first.signal("SIGKILL");
    await first.exited;
    await startUp(node);
    const waiting = await until(node, (status) => status.pid !== pid && status.detail.startsWith("waitIpv6.listen."));
    expect(waiting.states.map(({ state }) => state)).not.toContain("probe");
    await run(inNamespace(router, ["nft", "delete", "table", "inet", "outage"]));
    const online = await until(node, isOnlineAs(pid));
    expect(online.zos?.ipv4).toEqual(zos?.ipv4);
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("a boot that was killed while a vantage was asked leaves nothing of that, and asks again", () =>
  withFarm(homeDual, async ({ node }) => {
    const namespaces = () => outputOf(node, "ip", "netns", "list");
    const first = await startUp(node);
    const { pid } = await until(node, isOnline);
    await expect.poll(namespaces, { timeout: 20_000, interval: 5 }).toContain("zos-trial");
    await first.signal("SIGKILL");
    await first.exited;
    await startUp(node);
    await until(node, (status) => isOnlineAs(pid)(status) && status.zdb?.answer === "possible");
    expect(await namespaces()).not.toContain("zos-trial");
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

const clientsOn = (node: LabNode) => outputOf(node, "pgrep", "-f", "^dhcpcd: (zos|npub4) .ip4.");

test.each(["SIGKILL", "SIGTERM"] as const)(
  "a boot that %s ended while online is taken over, with its clients",
  (signal) =>
    withFarm(homeDual, async ({ node }) => {
      const first = await startUp(node);
      const before = await until(node, isOnline);
      const clients = await clientsOn(node);
      await first.signal(signal);
      await first.exited;
      expect(await clientsOn(node)).toBe(clients);
      const second = await startUp(node);
      const after = await until(node, isOnlineAs(before.pid));
      expect(await clientsOn(node)).toBe(clients);
      expect(after.zos?.ipv4).toEqual(before.zos?.ipv4);
      expect(after.ndmz?.npub6.ipv6).toEqual(before.ndmz?.npub6.ipv6);
      await expectNothingStray(node, ["eth0", "zos"]);
      await outputOf(node, "pkill", "-KILL", "-f", "^dhcpcd: zos .ip4.");
      await expect.poll(async () => (await clientsOn(node)).trim().split("\n").length, { timeout: 10_000 }).toBe(2);
      expect(await clientsOn(node)).not.toBe(clients);
      await second.signal("SIGTERM");
      await second.exited;
      await node.run(zosBoot("down"));
      expect(await outputOf(node, "ps", "-e", "-o", "args=")).not.toMatch(/^(dhcpcd|flock)/m);
    }),
);
