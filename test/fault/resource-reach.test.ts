import { expect, test } from "vitest";
import type { Connected } from "../../src/lab/farm/agent.ts";
import { agentArgv, programTimeoutMs } from "../../src/lab/farm/agent-command.ts";
import type { Farm } from "../../src/lab/farm/farm.ts";
import { hostNamespace } from "../../src/lab/farm/hosts.ts";
import { inNamespace, ipBatch } from "../../src/lab/farm/namespaces.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { startProgram } from "../../src/lab/farm/program.ts";
import { replaceOffer } from "../../src/lab/farm/router.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { homeDual, homeIpv4 } from "../../src/lab/layouts/parts.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { names } from "../../src/policy/names.ts";
import { bundle, isOnline, reloadWith, startUp, until, withFarm, zosBoot } from "./boot.ts";

const resource = "nr1";
const port = "7777";
const otherPrefix = "2001:db8:9::";

/** A home in which another machine is, that has an address in its next prefix already. */
const neighbour = ["192.168.1.50", "2001:db8:1::50", `${otherPrefix}50`] as const;
const { registrar: _registrar, vantage: _vantage, ...plain } = layoutNamed("home-dual");
const home: Layout = {
  ...plain,
  segments: [
    {
      ...homeDual,
      hosts: [{ name: "tv", addresses: [`${neighbour[0]}/24`, `${neighbour[1]}/64`, `${neighbour[2]}/64`] }],
    },
  ],
};

const gateway = ["192.168.1.1", "2001:db8:1::1"] as const;
const beyond = [internet.http4, internet.http6] as const;
const nearby = [...gateway, neighbour[0], neighbour[1]];

/** Somebody listens wherever a resource might get to. */
async function listenEverywhere(): Promise<void> {
  const places = [internet.namespace, "router-home", hostNamespace("tv")];
  const listen = agentArgv(bundle, "listen", port);
  await Promise.all(places.map((place) => startProgram(inNamespace(place, listen), { isAnnounced: true })));
}

/** What came of connections to these addresses, from a namespace of the node. */
async function reachedFrom(node: LabNode, namespace: string, addresses: readonly string[]) {
  const argv = agentArgv(bundle, "connect", port, ...addresses);
  const { stdout } = await node.run(argv, { namespace, timeoutMs: programTimeoutMs });
  const found = JSON.parse(stdout) as Connected[];
  return found.filter(({ result }) => result === "connected").map(({ address }) => address);
}

async function withResource(use: (farm: Farm) => Promise<void>): Promise<void> {
  await withFarm(home, async (farm) => {
    const { node } = farm;
    await listenEverywhere();
    await startUp(node);
    await until(node, (status) => isOnline(status) && (status.ndmz?.npub4.ipv4.length ?? 0) > 0);
    await node.run(["ip", "netns", "add", resource]);
    await node.run(zosBoot("attach", resource));
    await use(farm);
  });
}

test("a resource reaches the Internet, and of the node's network what the farmer says", () =>
  withResource(async (farm) => {
    const { node } = farm;
    expect(await reachedFrom(node, names.ndmz, [...beyond, ...nearby])).toEqual([...beyond, ...nearby]);
    const reached = () => reachedFrom(node, resource, [...beyond, ...nearby]);
    expect(await reached()).toEqual(beyond);
    await reloadWith(farm, `lanExceptions: [${neighbour[0]}/32, 192.168.1.48/29, "${gateway[1]}/128"]`);
    await expect.poll(reached, { timeout: 20_000 }).toEqual([...beyond, gateway[1], neighbour[0]]);
    await reloadWith(farm, "lanAccess: allow");
    await expect.poll(reached, { timeout: 20_000 }).toEqual([...beyond, ...nearby]);
    await reloadWith(farm);
    await expect.poll(reached, { timeout: 20_000 }).toEqual(beyond);
    await until(node, isOnline);
  }));

test("what the farmer forbids is forbidden while the node waits for IPv6 too, and IPv4 goes on", () =>
  withResource(async (farm) => {
    const { node, routers } = farm;
    const [router] = routers;
    if (router === undefined) throw new Error("there is no router");
    const [beyond4, near4] = [internet.http4, neighbour[0]];
    const reached = () => reachedFrom(node, resource, [beyond4, near4]);
    await reloadWith(farm, "lanAccess: allow");
    await expect.poll(reached, { timeout: 20_000 }).toEqual([beyond4, near4]);
    await replaceOffer(router, { ipv4: homeIpv4, ipv6: null, dnsmasq: [] }, false);
    await node.run(["ip", "-n", names.ndmz, "link", "del", "npub6"]);
    await until(node, ({ detail }) => detail.startsWith("waitIpv6.listen.doubtful"));
    expect(await reached()).toEqual([beyond4, near4]);
    await reloadWith(farm);
    await expect.poll(reached, { timeout: 20_000 }).toEqual([beyond4]);
    await until(node, ({ state }) => state === "waitIpv6");
  }));

test("a neighbour is none of a resource's before, while and after the network gets another prefix", () =>
  withResource(async (farm) => {
    const { node, routers } = farm;
    const [router] = routers;
    if (router === undefined) throw new Error("there is no router");
    const script = `while [ ! -e /run/enough ]; do nc -z -w 1 ${neighbour[1]} ${port} && echo got in; done; true`;
    const tries = node.run(["sh", "-c", script], { namespace: resource, timeoutMs: 120_000 });
    await replaceOffer(
      router,
      { ipv4: homeIpv4, ipv6: { prefix: `${otherPrefix}/64`, isOutboundOnly: false }, dnsmasq: [] },
      false,
    );
    await ipBatch(internet.namespace, ["route del 2001:db8:1::/64"]);
    const hasOther = (addresses: readonly string[]) => addresses.some((each) => each.startsWith("2001:db8:9:"));
    await until(node, (status) => isOnline(status) && hasOther(status.ndmz?.npub6.ipv6 ?? []));
    expect(await reachedFrom(node, names.ndmz, [neighbour[2]])).toEqual([neighbour[2]]);
    await expect
      .poll(() => reachedFrom(node, resource, [internet.http6]), { timeout: 40_000 })
      .toEqual([internet.http6]);
    expect(await reachedFrom(node, resource, [neighbour[2], `${otherPrefix}1`])).toEqual([]);
    await node.run(["touch", "/run/enough"]);
    expect((await tries).stdout).toBe("");
  }));
