import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { leftoversBetween } from "../../src/lab/proving/leftovers.ts";
import { takeSnapshot } from "../../src/lab/proving/snapshot.ts";
import { outputOf, startStage, until, withFarm, zosBoot } from "./boot.ts";
import { expectFlowWhile } from "./flow.ts";
import { setUpAsReference } from "./reference.ts";

const homeDual = layoutNamed("home-dual");

test.each([
  { stage: "up", supervisor: "auto" },
  { stage: "internet", supervisor: "auto" },
  { stage: "networkd", supervisor: "auto" },
  { stage: "up", supervisor: "embedded" },
])(
  "$stage ($supervisor) refuses a node that zos' own daemons have set up, and touches nothing",
  ({ stage, supervisor }) =>
    withFarm(homeDual, async ({ node }) => {
      await setUpAsReference(node);
      const before = await takeSnapshot(node);
      const argv = zosBoot(stage, "--supervisor", supervisor);
      let said = "";
      await expectFlowWhile(node, async () => {
        said = await outputOf(node, "sh", "-c", '"$@" 2>&1 || echo "exit $?"', "sh", ...argv);
      });
      expect(said).toMatch(/the network of this node belongs to others: link zos, link br-ndmz, namespace ndmz/);
      if (supervisor === "auto") expect(said).toContain("service dhcp-zos of zinit (/etc/zinit/dhcp-zos.yaml)");
      expect(said).toMatch(/exit 75\n$/);
      expect(await leftoversBetween(before, await takeSnapshot(node))).toEqual([]);
    }),
);

test("a daemon that waited for its uplink touches nothing either when zos' own daemons put theirs there", () =>
  withFarm(homeDual, async ({ node }) => {
    await startStage(node, "networkd");
    await delay(1_500);
    await setUpAsReference(node);
    const picture = () => outputOf(node, "sh", "-c", "ip -br addr; ip route; ip netns; pgrep -a dhcpcd");
    const before = await picture();
    await expectFlowWhile(node, async () => {
      await until(node, ({ failure }) => failure?.startsWith("the network of this node belongs to others") ?? false);
      await until(node, ({ state }) => state === "restart");
      await delay(3_000);
    });
    expect(await picture()).toBe(before);
  }));

test("a node goes on by itself once what others have set up is gone", () =>
  withFarm(homeDual, async ({ node }) => {
    await startStage(node, "networkd");
    await delay(1_500);
    await outputOf(node, "ip", "link", "add", "name", "zos", "type", "bridge");
    await outputOf(node, "ip", "link", "set", "dev", "eth0", "master", "zos");
    await outputOf(node, "ip", "link", "set", "dev", "eth0", "up");
    await outputOf(node, "ip", "link", "set", "dev", "zos", "up");
    await outputOf(node, "ip", "addr", "add", "192.168.1.77/24", "dev", "zos");
    await outputOf(node, "ip", "route", "add", "default", "via", "192.168.1.1");
    await until(node, ({ failure }) => failure?.startsWith("the network of this node belongs to others") ?? false);
    await outputOf(node, "ip", "link", "del", "dev", "zos");
    await until(node, ({ state, zos }) => state === "online" && (zos?.ipv4.length ?? 0) > 0);
  }));
