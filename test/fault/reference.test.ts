import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { leftoversBetween } from "../../src/lab/proving/leftovers.ts";
import { takeSnapshot } from "../../src/lab/proving/snapshot.ts";
import { type LabNode, nodeLabDir } from "../../src/lab/farm/node.ts";
import { outputOf, startStage, until, withFarm, zosBoot } from "./boot.ts";
import { setUpAsReference } from "./reference.ts";

const homeDual = layoutNamed("home-dual");

/** Asks the Internet by one connection, ten times a second, and tells of each answer and of the connection's end. */
const flow = `
  const socket = require("net").connect(80, "${internet.http4}");
  socket.on("data", () => console.log("answer")).on("close", () => console.log("cut")).on("error", () => {});
  setInterval(() => socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"), 100);`;

/** A connection of the node goes on while something is done, and no answer takes longer than a slow machine needs. */
async function expectFlowWhile(node: LabNode, act: () => Promise<void>): Promise<void> {
  const file = `${nodeLabDir}/flow`;
  const script = `"$0" -e "$1" | while read -r said; do echo "$(date +%s%3N) $said"; done > ${file}`;
  const program = await node.start(["sh", "-c", script, process.execPath, flow], { stdio: "ignore" });
  const read = async () => (await outputOf(node, "cat", file)).trim().split("\n");
  await expect.poll(read, { timeout: 5_000 }).toContainEqual(expect.stringContaining("answer"));
  await act();
  const lines = await read();
  await program.signal("SIGKILL");
  await outputOf(node, "pkill", "-KILL", "-f", "GET / HTTP");
  expect(lines.filter((line) => !line.endsWith("answer"))).toEqual([]);
  const times = lines.map((line) => Number(line.split(" ")[0]));
  expect(Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? 0)))).toBeLessThan(2_000);
}

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
      expect(said).toMatch(/others have set this node up: link zos, link br-ndmz, namespace ndmz/);
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
      await until(node, ({ failure }) => failure?.startsWith("others have set this node up") ?? false);
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
    await until(node, ({ failure }) => failure?.startsWith("others have set this node up") ?? false);
    await outputOf(node, "ip", "link", "del", "dev", "zos");
    await until(node, ({ state, zos }) => state === "online" && (zos?.ipv4.length ?? 0) > 0);
  }));
