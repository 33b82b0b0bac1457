import { expect, test } from "vitest";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { names } from "../../src/policy/names.ts";
import { mostHeld, type Refused, share, usualTableSize } from "../../src/policy/nat-rules.ts";
import { isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";

const { registrar: _registrar, vantage: _vantage, ...home } = layoutNamed("home-dual");

const flooded = 20_000;

/** Sends a datagram to each of as many ports of the Internet, in each family, at once. */
const flood = `
  const dgram = require("dgram");
  for (const [kind, to] of [["udp4", "${internet.http4}"], ["udp6", "${internet.http6}"]]) {
    const socket = dgram.createSocket(kind).unref();
    for (let i = 0; i < ${flooded}; i++) socket.send("x", 1024 + i, to, () => undefined);
  }`;

/** A booted node with two resources that reach the Internet in both families. */
async function attachTwo(node: LabNode): Promise<void> {
  await startUp(node);
  await until(node, (status) => isOnline(status) && (status.ndmz?.npub4.ipv4.length ?? 0) > 0);
  for (const each of ["nr1", "nr2"]) {
    await node.run(["ip", "netns", "add", each]);
    await node.run(zosBoot("attach", each));
  }
}

/** The families in which a resource gets a connection. */
async function reached(node: LabNode, namespace: string): Promise<string> {
  const script = `nc -z -w 2 ${internet.http4} 80 && echo v4; nc -z -w 2 ${internet.http6} 80 && echo v6; true`;
  return (await node.run(["sh", "-c", script], { namespace })).stdout;
}

const inUse = async (node: LabNode) =>
  Number(await outputOf(node, "ip", "netns", "exec", names.ndmz, "cat", "/proc/sys/net/netfilter/nf_conntrack_count"));

async function countedHasty(node: LabNode): Promise<number> {
  const list = ["nft", "list", "counter", "inet", names.nftTable, "hasty"];
  return Number(/packets (\d+)/.exec(await outputOf(node, "ip", "netns", "exec", names.ndmz, ...list))?.[1]);
}

test("a resource that begins more connections than its share is held back, and others get what they ask for", () =>
  withFarm(home, async ({ node }) => {
    await attachTwo(node);
    const before = await inUse(node);
    await node.run([process.execPath, "-e", flood], { namespace: "nr2", timeoutMs: 60_000 });
    const [dropped, held] = [await countedHasty(node), await inUse(node)];
    expect(dropped).toBeGreaterThan(0);
    expect(held).toBeLessThan(before + 2 * flooded - dropped + 1_000);
    expect(held).toBeLessThan(before + flooded);
    expect(await reached(node, "nr1")).toBe("v4\nv6\n");
    await until(node, isOnline);
  }));

/** Begins connections of datagrams in both families, about as fast as a resource may, some more than it may hold. */
const hoard = `
  const dgram = require("dgram");
  const sockets = [["udp4", "${internet.http4}"], ["udp6", "${internet.http6}"]].map(([kind, to]) => [dgram.createSocket(kind), to]);
  let port = 1024;
  const begin = (count) => {
    for (const end = port + count; port < end; port++) for (const [socket, to] of sockets) socket.send("x", port, to, () => undefined);
    if (port > ${1_024 + mostHeld(usualTableSize) + share.begunAtOnce}) process.exit();
  };
  begin(${share.begunAtOnce - 100});
  setInterval(() => begin(${share.begunASecond / 10}), 100);`;

test("a resource that holds all the connections that it may gets no more, and others get what they ask for", () =>
  withFarm(home, async ({ node }) => {
    await attachTwo(node);
    const inNdmz = (...argv: string[]) => outputOf(node, "ip", "netns", "exec", names.ndmz, ...argv);
    // Those that nobody answers are forgotten after 30 s, which may be too soon for a machine with much to do.
    await inNdmz("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=120");
    const limit = mostHeld(Number(await inNdmz("cat", "/proc/sys/net/netfilter/nf_conntrack_max")));
    await node.run([process.execPath, "-e", hoard], { namespace: "nr2", timeoutMs: 100_000 });
    const holding = await inUse(node);
    expect(holding).toBeGreaterThan(limit);
    expect(holding).toBeLessThan(2 * limit + 1_000);
    const { refused } = JSON.parse(await outputOf(node, ...zosBoot("status", "--json"))) as { refused: Refused };
    expect(refused.held).toBeGreaterThan(0);
    const metrics = await outputOf(node, ...zosBoot("status", "--metrics"));
    expect(metrics).toMatch(/^zos_boot_refused_packets_total\{reason="held"\} [1-9]/m);
    expect(metrics).toMatch(/^zos_boot_state\{state="online"\} 1$/m);
    expect(await reached(node, "nr2")).toBe("");
    expect(await reached(node, "nr1")).toBe("v4\nv6\n");
    await until(node, isOnline);
  }));
