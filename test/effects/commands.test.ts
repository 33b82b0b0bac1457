import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CommandRecord } from "../../src/os/run.ts";
import { exitThroughUplink } from "../../src/policy/choice.ts";
import { control, effects, identity, mac, plugIn, unplug, uplink } from "./node.ts";

beforeEach(() => plugIn("eth0", mac));
afterEach(unplug);

/** The commands that the program runs while something is done. */
async function commandsOf(act: () => Promise<unknown>): Promise<string[]> {
  const commands: string[] = [];
  const note = (message: unknown) => commands.push((message as CommandRecord).argv.join(" "));
  subscribe("zos-boot:command", note);
  try {
    await act();
  } finally {
    unsubscribe("zos-boot:command", note);
  }
  return commands;
}

test("a bridge is made by three commands: what is there, the bridge, and its port with what is there then", async () => {
  await effects.awaitCarrier({ nic: "eth0" }, control);
  expect(await commandsOf(() => effects.ensureBridge({ uplink }, control))).toHaveLength(3);
});

test("the rules of resources' ports are applied and read by one command, and compared by one", async () => {
  await effects.ensureBridge({ uplink }, control);
  const ensureNdmz = () => effects.ensureNdmz({ identity, exit: exitThroughUplink }, control);
  const isOfNft = (command: string) => command.includes("nft");
  expect((await commandsOf(ensureNdmz)).filter(isOfNft)).toHaveLength(1);
  expect((await commandsOf(ensureNdmz)).filter(isOfNft)).toHaveLength(1);
});
