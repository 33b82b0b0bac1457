import { afterEach, beforeEach, expect, test } from "vitest";
import { attachResource, detachResource } from "../../effects/attach-resource.ts";
import { tearDown } from "../../effects/tear-down.ts";
import { defaultSettings } from "../../src/config/load.ts";
import { run } from "../../src/os/run.ts";
import { exitThroughUplink } from "../../src/policy/choice.ts";
import { goalsOf } from "../../src/policy/target.ts";
import { control, effects, identity, idle, mac, pictureOfNode, plugIn, unplug, uplink } from "./node.ts";

const settings = { ...defaultSettings, nicKinds: ["veth"] };

const steps = {
  awaitCarrier: () => effects.awaitCarrier({ nic: "eth0" }, control),
  passthru: () => effects.isolateNic({ nic: "eth0", isolation: "passthru" }, control),
  move: () => effects.isolateNic({ nic: "eth0", isolation: "move" }, control),
  releaseNic: () => effects.releaseNic({ nic: "eth0", becomes: "ready" }, control),
  giveBackProbes: () => effects.giveBackProbes({}, control),
  recover: () => effects.recover({ mayAdopt: "uplink", settings }, control),
  ensureBridge: () => effects.ensureBridge({ uplink }, control),
  ensureResolver: () => effects.ensureResolver({ advertisedDns: ["2001:db8::53"], goals: goalsOf(settings) }, control),
  ensureNdmz: () => effects.ensureNdmz({ identity, exit: exitThroughUplink }, control),
  ensureNat: () => effects.ensureNat({ lan: settings }, control),
  attach: async () => {
    await run(["sh", "-c", "ip netns list | grep -qw nr1 || ip netns add nr1"]);
    await attachResource({ namespace: "nr1" }, control);
  },
  detach: () => detachResource({ namespace: "nr1" }, control),
  removeResource: () => run(["sh", "-c", "ip netns del nr1 2>/dev/null || true"]),
  tearDown: () => tearDown(idle)({}, control),
};

beforeEach(() => plugIn("eth0", mac));
afterEach(unplug);

test.each<{ effect: keyof typeof steps; after: (keyof typeof steps)[] }>([
  { effect: "awaitCarrier", after: [] },
  { effect: "passthru", after: ["awaitCarrier"] },
  { effect: "move", after: ["awaitCarrier"] },
  { effect: "releaseNic", after: ["awaitCarrier", "passthru"] },
  { effect: "releaseNic", after: ["awaitCarrier", "move"] },
  { effect: "giveBackProbes", after: ["awaitCarrier", "move"] },
  { effect: "recover", after: ["ensureBridge"] },
  { effect: "ensureBridge", after: ["awaitCarrier"] },
  { effect: "ensureResolver", after: [] },
  { effect: "ensureNdmz", after: ["ensureBridge"] },
  { effect: "ensureNat", after: ["ensureBridge", "ensureNdmz"] },
  { effect: "attach", after: ["ensureBridge", "ensureNdmz"] },
  { effect: "detach", after: ["ensureBridge", "ensureNdmz", "attach"] },
  { effect: "tearDown", after: ["ensureBridge", "ensureNdmz", "ensureNat"] },
])("$effect after $after changes the node once and then nothing more", async ({ effect, after }) => {
  for (const step of after) await steps[step]();
  const before = await pictureOfNode();
  await steps[effect]();
  const once = await pictureOfNode();
  expect(once).not.toBe(before);
  await steps[effect]();
  expect(await pictureOfNode()).toBe(once);
  await steps.removeResource();
});

test("taking everything down gives the node back as it was", async () => {
  const before = await pictureOfNode();
  await steps.awaitCarrier();
  await steps.passthru();
  await steps.releaseNic();
  await steps.ensureBridge();
  await steps.ensureResolver();
  await steps.ensureNdmz();
  await steps.ensureNat();
  await steps.tearDown();
  expect(await pictureOfNode()).toBe(before);
});
