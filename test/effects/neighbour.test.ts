import { afterEach, beforeEach, expect, test } from "vitest";
import { answersAny } from "../../src/os/neighbour.ts";
import { run } from "../../src/os/run.ts";
import { control, mac, plugIn, unplug } from "./node.ts";

const gateway = { link: "eth0", address: "192.168.1.1" };
const peerMac = "02:00:00:00:aa:01";
const place = { namespace: null, ...control };

beforeEach(async () => {
  await plugIn("eth0", mac);
  await run(["ip", "-n", "peer", "link", "set", "port", "address", peerMac]);
  await run(["ip", "-n", "peer", "addr", "add", "192.168.1.1/24", "dev", "port"]);
  await run(["ip", "addr", "add", "192.168.1.9/24", "dev", "eth0"]);
  await run(["ip", "link", "set", "eth0", "up"]);
});
afterEach(unplug);

/** As a router does that is known from its advertisement alone. */
async function hearOfGateway(): Promise<void> {
  await run(["ip", "neigh", "replace", gateway.address, "dev", "eth0", "lladdr", peerMac, "nud", "stale"]);
}

test("a gateway that is known, but not whether it is there, is asked", async () => {
  await hearOfGateway();
  expect(await answersAny(place, [gateway])).toBe(true);
});

test("a gateway that is known only from what it sent, and answers nothing, is silent", async () => {
  await hearOfGateway();
  await run(["ip", "netns", "exec", "peer", "nft", "-f", "-"], {
    input: "table netdev deaf { chain in { type filter hook ingress device port priority 0; drop; }; }",
  });
  expect(await answersAny(place, [gateway])).toBe(false);
});

test("a gateway that nobody has heard of is asked, and one that is not there is silent", async () => {
  expect(await answersAny(place, [gateway])).toBe(true);
  expect(await answersAny(place, [{ ...gateway, address: "192.168.1.66" }])).toBe(false);
});
