import { afterEach, beforeEach, expect, test } from "vitest";
import { findOwner } from "../../effects/find-owner.ts";
import { run } from "../../src/os/run.ts";
import { unplug, control, mac, plugIn } from "./node.ts";

const peerMac = "02:00:00:00:aa:01";
const namespace = "asking";
const asked = { namespace, link: "eth0", address: "192.168.1.9" };

beforeEach(async () => {
  await plugIn("eth0", mac);
  await run(["ip", "-n", "peer", "link", "set", "port", "address", peerMac]);
  await run(["ip", "netns", "add", namespace]);
  await run(["ip", "link", "set", "eth0", "netns", namespace]);
  await run(["ip", "-n", namespace, "link", "set", "eth0", "up"]);
});
afterEach(async () => {
  await run(["ip", "-n", namespace, "link", "set", "eth0", "netns", "1"]);
  await run(["ip", "netns", "del", namespace]);
  await unplug();
});

async function give(place: string, link: string, address: string): Promise<void> {
  await run(["ip", "-n", place, "addr", "add", `${address}/24`, "dev", link]);
}

test("a host that has the address is found, though the link has it too, and nothing is left of the question", async () => {
  await give("peer", "port", asked.address);
  await give(namespace, "eth0", asked.address);
  for (const _ of ["once", "twice"]) expect(await findOwner(asked, control)).toEqual({ owner: peerMac });
  expect((await run(["ip", "netns", "exec", namespace, "nft", "list", "tables"])).stdout).toBe("");
  expect((await run(["ip", "-n", namespace, "neigh"])).stdout).toBe("");
});

test("nobody has the address when another host has another one", async () => {
  await give("peer", "port", "192.168.1.1");
  await give(namespace, "eth0", asked.address);
  expect(await findOwner(asked, control)).toEqual({ owner: null });
});

test("an address that is none is not asked for", async () => {
  await expect(findOwner({ ...asked, address: "9; drop" }, control)).rejects.toThrow("no host's IPv4 address");
});
