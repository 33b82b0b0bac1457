import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { twoHomes } from "../../src/lab/scenarios/parts.ts";
import { run } from "../../src/os/run.ts";
import { isOnlineAs, outputOf, startStage, until, withFarm } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";

const homeDual = layoutNamed("home-dual");
const outage = `table inet outage {
  chain output { type filter hook output priority 0; policy drop; }
  chain forward { type filter hook forward priority 0; policy drop; }
}`;

const addressOf = (node: LabNode) => outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos");

test("the one-shot ends with 0 and leaves its lease client, and the daemon goes on with the same address", () =>
  withFarm(homeDual, async ({ node }) => {
    const internet = await startStage(node, "internet");
    expect(await internet.exited).toBe(0);
    const done = await until(node, ({ state }) => state === "done");
    const address = await addressOf(node);
    expect(address).toMatch(/192\.168\.1\./);
    await startStage(node, "networkd");
    const online = await until(node, isOnlineAs(done.pid));
    expect(online.states.map(({ state }) => state)).not.toContain("probe");
    expect(await addressOf(node)).toBe(address);
    await expectNothingStray(node, ["eth0", "zos"]);
  }));

test("a daemon that was started first waits for the one-shot and then goes on by itself", () =>
  withFarm(homeDual, async ({ node }) => {
    const networkd = await startStage(node, "networkd");
    const internet = await startStage(node, "internet");
    expect(await internet.exited).toBe(0);
    const online = await until(node, isOnlineAs(internet.pid));
    expect(online.states[0]?.state).toBe("awaitUplink");
    expect(online.states.map(({ state }) => state)).not.toContain("probe");
    await networkd.signal("SIGTERM");
    expect(await networkd.exited).toBe(0);
  }));

test("a daemon that is left an exit which leads nowhere has workloads leave through the uplink", () =>
  withFarm(
    twoHomes,
    async ({ node, routers }) => {
      const internet = await startStage(node, "internet");
      expect(await internet.exited).toBe(0);
      expect((await until(node, ({ state }) => state === "done")).exit?.exitNic).toBe("eth1");
      await run(inNamespace(routers[1]?.namespace ?? "", ["ip", "link", "set", "lan", "down"]));
      await startStage(node, "networkd");
      const online = await until(node, isOnlineAs(internet.pid));
      expect(online.exit?.exitNic).toBeNull();
      expect(online.visits.ndmz).toBe(2);
    },
    ["exit: eth1"],
  ));

test("a one-shot that begins in an outage goes on until that is over, and ends with 0", () =>
  withFarm({ ...homeDual, probeTimeoutMs: 1_000 }, async ({ node, routers }) => {
    const router = routers[0]?.namespace ?? "";
    await run(inNamespace(router, ["nft", "-f", "-"]), { input: outage });
    const internet = await startStage(node, "internet");
    await until(node, ({ visits }) => (visits.restart ?? 0) > 1);
    await run(inNamespace(router, ["nft", "delete", "table", "inet", "outage"]));
    expect(await internet.exited).toBe(0);
    expect(await addressOf(node)).toMatch(/192\.168\.1\./);
  }));

test("a one-shot that is stopped before the node is on the Internet says so by 75", () =>
  withFarm({ ...homeDual, nics: [] }, async ({ node }) => {
    const internet = await startStage(node, "internet");
    await until(node, ({ state }) => state === "restart");
    await internet.signal("SIGTERM");
    expect(await internet.exited).toBe(75);
  }));
