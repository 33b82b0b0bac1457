import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CommandRecord, run } from "../../src/os/run.ts";
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

test("NICs that were just listed are not listed again, and one that arrives is", async () => {
  const kinds = ["veth"];
  const listed = await effects.listNics({ kinds }, control);
  const ended = new AbortController();
  const seen: string[][] = [];
  let tell = () => {};
  const told = () => new Promise<void>((resolve) => (tell = resolve));
  let watching: Promise<void> = Promise.resolve();
  const first = await commandsOf(async () => {
    const isTold = told();
    const emit = ({ nics }: { nics: { name: string }[] }) => {
      seen.push(nics.map(({ name }) => name));
      tell();
    };
    watching = effects.watchNics({ kinds, listed }, { signal: ended.signal, emit });
    await isTold;
  });
  const isTold = told();
  await run(["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "port1", "netns", "peer"]);
  await isTold;
  ended.abort();
  await expect(watching).rejects.toMatchObject({ code: "aborted" });
  await run(["ip", "link", "del", "eth1"]);
  expect(first).toEqual([]);
  expect(seen).toEqual([["eth0"], ["eth0", "eth1"]]);
});

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
