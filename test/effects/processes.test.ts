import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tearDown } from "../../effects/tear-down.ts";
import type { ExitPlan } from "../../src/contract.ts";
import { ipBatch, readAddresses, readLinks } from "../../src/os/ip.ts";
import { exclusively, locks } from "../../src/os/locks.ts";
import { type Output, run, start } from "../../src/os/run.ts";
import { exitThrough, exitThroughUplink } from "../../src/policy/choice.ts";
import { isOurLink, isResourcePort, names } from "../../src/policy/names.ts";
import { resourceSide } from "../../src/policy/ndmz-plan.ts";
import { control, effects, identity, idle, mac, pictureOfNode, plugIn, unplug, uplink } from "./node.ts";

/** Effects run here; `attach`, `detach` and `down` are the program itself, in processes of their own. */
const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));
const zosBoot = (...args: string[]): Promise<Output> => run([process.execPath, bundle, ...args], { timeoutMs: 60_000 });

const node = { namespace: null, ...control };
const resources = ["nr1", "nr2", "nr3"];
const throughOther = exitThrough("eth1", true);

const ensureNdmz = (exit: ExitPlan) => effects.ensureNdmz({ identity, exit }, control);
const portsOf = async () => (await readLinks(node)).map(({ ifname }) => ifname).filter(isResourcePort);

beforeEach(async () => {
  await plugIn("eth0", mac);
  await ipBatch(node, [
    "link add eth1 type veth peer name port1 netns peer",
    ...resources.map((each) => `netns add ${each}`),
  ]);
  await effects.ensureBridge({ uplink }, control);
  await ensureNdmz(exitThroughUplink);
});
afterEach(async () => {
  await tearDown(idle)({}, control);
  await ipBatch(node, [...resources.map((each) => `netns del ${each}`), "link del eth1"]);
  await unplug();
});

/** The exit changes again and again, so that ndmz has no outward interfaces for moments, until told to stop. */
function keepChanging() {
  const stopping = new AbortController();
  const changing = (async () => {
    for (let round = 1; !stopping.signal.aborted; round++)
      await ensureNdmz(round % 2 === 0 ? exitThroughUplink : throughOther);
  })();
  return async () => {
    stopping.abort();
    await changing;
  };
}

test("resources are attached and detached by other processes while ndmz is being changed", async () => {
  const stop = keepChanging();
  try {
    for (let round = 0; round < 2; round++) {
      await Promise.all(resources.map((each) => zosBoot("attach", each)));
      expect(await portsOf()).toHaveLength(resources.length);
      for (const namespace of resources) {
        expect(await readAddresses({ namespace, ...control }, names.resource)).toMatchObject({
          gateways4: [resourceSide.gateway4],
          gateways6: [resourceSide.gateway6],
        });
      }
      await Promise.all(resources.map((each) => zosBoot("detach", each)));
      expect(await portsOf()).toEqual([]);
    }
  } finally {
    await stop();
  }
});

test("what others attach while everything is taken down is taken down too, or not attached any more", async () => {
  await tearDown(idle)({}, control);
  const before = await pictureOfNode();
  await effects.ensureBridge({ uplink }, control);
  await ensureNdmz(throughOther);
  const attaching = resources.map((each) => zosBoot("attach", each).catch((error: unknown) => error));
  await delay(150); // Node.js takes that long to start.
  await tearDown(idle)({}, control);
  for (const came of await Promise.all(attaching)) {
    if (came instanceof Error) expect(came.message).toMatch(/this node has no ndmz yet/);
  }
  expect((await readLinks(node)).map(({ ifname }) => ifname).filter(isOurLink)).toEqual([]);
  expect(await pictureOfNode()).toBe(before);
});

test("another process waits for who changes ndmz, and goes on when that one is done or dead", async () => {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const holding = exclusively(locks.ndmz, control.signal, () => ended);
  const attaching = zosBoot("attach", "nr1");
  await delay(1_000);
  const before = await portsOf();
  end();
  await Promise.all([holding, attaching]);
  expect(before).toEqual([]);
  expect(await portsOf()).toHaveLength(1);
});

test("a process that is killed while it changes ndmz, or waits to, stands in nobody's way", async () => {
  for (let round = 0; round < 4; round++) {
    const killed = await start([process.execPath, bundle, "attach", "nr1"]);
    await delay(150 + 40 * round);
    await killed.end("SIGKILL");
    await ensureNdmz(round % 2 === 0 ? throughOther : exitThroughUplink);
  }
  await zosBoot("attach", "nr2");
  expect((await readAddresses({ namespace: "nr2", ...control }, names.resource)).gateways4).toEqual([
    resourceSide.gateway4,
  ]);
});
