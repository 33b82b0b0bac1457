import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { run } from "../../src/os/run.ts";
import { isOnline, isOnlineAs, outputOf, until, withFarm } from "./boot.ts";
import { expectFlowWhile } from "./flow.ts";
import { installOn, managers, startManager } from "./zinit.ts";

const homeDual = layoutNamed("home-dual");
const inTime = { timeout: 30_000, interval: 100 };
const programs = async (node: LabNode, title: string) =>
  (await outputOf(node, "sh", "-c", `pgrep -af '${title}' | grep -v pgrep || true`)).trim().split("\n").filter(Boolean);
/** Without the shell that may have started it. */
const stage = (name: string) => `^[^ ]*node .*zos-boot.mjs ${name}`;
const stages = stage("(internet|networkd)");
const client = "^dhcpcd: zos .ip4";
const setCarrier = (state: "up" | "down") => run(inNamespace("switch-home", ["ip", "link", "set", "port0", state]));

describe.each(managers)("under $name", (manager) => {
  if (manager.whyNot !== null) {
    test.skip(`nothing is tried here: ${manager.whyNot}`);
    return;
  }

  test("what waits for networkd finds a node that is online", () =>
    withFarm(homeDual, async ({ node }) => {
      await installOn(node, manager);
      await startManager(node, manager);
      const found = () => readFile(`${node.root}/run/zos-boot-lab/tenant.json`, "utf8").catch(() => "");
      await expect.poll(found, inTime).toContain('"state":"online"');
    }));

  test("internet is started again whatever ends it, until the node is on the Internet, and then no more", () =>
    withFarm(homeDual, async ({ node }) => {
      await setCarrier("down");
      await installOn(node, manager);
      await startManager(node, manager);
      for (const signal of ["KILL", "TERM"]) {
        await until(node, ({ state }) => state === "probe" || state === "restart");
        const [first = ""] = await programs(node, stage("internet"));
        await outputOf(node, "kill", `-${signal}`, first.split(" ")[0] ?? "");
        await expect
          .poll(() => programs(node, stage("internet")), inTime)
          .toEqual([expect.not.stringMatching(`^${first.split(" ")[0] ?? ""} `)]);
      }
      await setCarrier("up");
      await until(node, isOnline);
      await delay(3_000);
      expect(await programs(node, stage("internet"))).toEqual([]);
    }));

  test("one that is killed and started anew takes everything over, and no flow ends", () =>
    withFarm(homeDual, async ({ node }) => {
      await installOn(node, manager);
      const first = await startManager(node, manager);
      const before = await until(node, isOnline);
      await expectFlowWhile(node, async () => {
        await first.signal("SIGKILL");
        await first.exited;
        await delay(500);
        await startManager(node, manager);
        await until(node, isOnlineAs(before.pid));
        await expect.poll(() => programs(node, client), inTime).toHaveLength(1);
        await expect.poll(() => programs(node, stages), inTime).toEqual([expect.any(String)]);
        await delay(8_000);
      });
      const [sole] = await programs(node, client);
      await delay(3_000);
      expect(await programs(node, client)).toEqual([sole]);
      expect(await programs(node, stages)).toHaveLength(1);
    }));
});
