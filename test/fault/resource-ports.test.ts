import { expect, test } from "vitest";
import { run } from "../../src/os/run.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { agentArgv } from "../../src/lab/farm/agent-command.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { names } from "../../src/policy/names.ts";
import { resourceSide } from "../../src/policy/ndmz-plan.ts";
import type { Status } from "../../src/program/status-file.ts";
import { bundle, isOnline, isOnlineAs, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";

const { registrar: _registrar, vantage: _vantage, ...home } = layoutNamed("home-dual");
const [victim, attacker] = ["nr1", "nr2"];

interface Attached {
  ipv4: string;
  ipv6: string;
}

async function attach(node: LabNode, namespace: string): Promise<Attached> {
  await node.run(["ip", "netns", "add", namespace]);
  const { stdout } = await node.run(zosBoot("attach", namespace, "--json"));
  const { addresses } = JSON.parse(stdout) as { addresses: string[] };
  const [ipv4 = "", ipv6 = ""] = addresses.map((each) => each.replace(/\/.*/, ""));
  return { ipv4, ipv6 };
}

const isReady = (status: Status) => isOnline(status) && (status.ndmz?.npub4.ipv4.length ?? 0) > 0;

/** Runs a shell script in a namespace of the node; gives what it printed. */
async function said(node: LabNode, namespace: string | null, script: string): Promise<string> {
  return (await node.run(["sh", "-c", `${script}; true`], { namespace, timeoutMs: 60_000 })).stdout.trim();
}

/** What answers whom, of the Internet over both families, from these sources. */
const reaching = ({ ipv4, ipv6 }: Attached) =>
  [
    `nc -z -w 2 -s ${ipv4} ${internet.http4} 80 && echo v4`,
    `nc -z -w 2 -s ${ipv6} ${internet.http6} 80 && echo v6`,
  ].join("; ");

/** Has the kernel of a resource claim another's addresses in ARP and neighbour discovery, as loudly as it can. */
const claiming = ({ ipv4, ipv6 }: Attached) =>
  `sysctl -qw net.ipv4.conf.public.arp_notify=1 net.ipv6.conf.public.ndisc_notify=1 net.ipv6.conf.public.keep_addr_on_down=1
  ip addr add ${ipv4}/16 dev public; ip addr add ${ipv6}/64 dev public nodad
  ip link set public down; ip link set public up
  ip route replace default via ${resourceSide.gateway4}; ip -6 route replace default via ${resourceSide.gateway6} dev public`;

/** Its own kernel may go on asking for the gateway in the other's name for as long as it asks at all (3 s, RFC 4861 section 10). */
const honestAgain = (node: LabNode, own: Attached) =>
  expect.poll(() => said(node, attacker, reaching(own)), { timeout: 20_000 }).toBe("v4\nv6");

/** Tells by a file of each datagram that comes to the node. */
const listener = `require("dgram").createSocket("udp4").bind(7777, () => console.log("ready")).on("message", () => {
      require("fs").appendFileSync("/run/heard", "heard ") })`;

test("a resource gets nothing that is for another, also while the program is gone, and after it was detached and attached", () =>
  withFarm(home, async ({ node }) => {
    const program = await startUp(node);
    const before = await until(node, isReady);
    const [own, others] = [await attach(node, victim), await attach(node, attacker)];
    expect(await said(node, victim, reaching(own))).toBe("v4\nv6");
    expect(await said(node, attacker, reaching(others))).toBe("v4\nv6");
    await said(node, attacker, claiming(own));
    const nothingStolen = async () => {
      expect(await said(node, attacker, reaching(own))).toBe("");
      expect(await said(node, victim, reaching(own))).toBe("v4\nv6");
      await honestAgain(node, others);
    };
    await nothingStolen();
    await program.signal("SIGKILL");
    await program.exited;
    await nothingStolen();
    await startUp(node);
    await until(node, (status) => isOnlineAs(before.pid)(status) && isReady(status));
    await nothingStolen();
    await node.run(zosBoot("detach", victim));
    expect(await said(node, attacker, reaching(own))).toBe("");
    await node.run(zosBoot("attach", victim));
    await nothingStolen();
  }));

test("resources do not reach each other, nor anybody with another hardware address than their own", () =>
  withFarm(home, async ({ node }) => {
    await startUp(node);
    await until(node, isReady);
    const [own, others] = [await attach(node, victim), await attach(node, attacker)];
    await node.start(agentArgv(bundle, "listen", "7777"), { namespace: victim, isAnnounced: true });
    const knock = `nc -z -w 1 ${own.ipv4} 7777 && echo v4; nc -z -w 1 ${own.ipv6} 7777 && echo v6`;
    expect(await said(node, victim, knock)).toBe("v4\nv6");
    expect(await said(node, attacker, knock)).toBe("");
    const ports =
      (await outputOf(node, "ip", "-br", "link", "show", "master", names.ndmzBridge)).match(/nr-\d+/g) ?? [];
    expect(ports).toHaveLength(2);
    for (const port of ports)
      await node.run(["ip", "link", "set", "dev", port, "type", "bridge_slave", "isolated", "off"]);
    expect(await said(node, attacker, knock)).toBe("");
    const [, mac] = /ether (\S+)/.exec(await said(node, attacker, "ip link show public")) ?? [];
    await said(node, attacker, "ip link set public address 02:00:00:00:66:66");
    expect(await said(node, attacker, reaching(others))).toBe("");
    await said(node, attacker, `ip link set public address ${mac ?? ""}`);
    await honestAgain(node, others);
  }));

test("no router advertisement and no DHCP server is heard from a resource", () =>
  withFarm(home, async ({ node }) => {
    await startUp(node);
    await until(node, isReady);
    const own = await attach(node, attacker);
    await said(
      node,
      names.ndmz,
      `nft 'table inet heard { chain from { type filter hook prerouting priority -300; iifname "tonrs" jump what; }
      chain what { icmpv6 type nd-router-advert counter comment "adverts"; udp sport 67 counter comment "servers"; udp sport 68 counter comment "others"; }; }'`,
    );
    const script = `dnsmasq --conf-file=/dev/null --user=root --pid-file=/run/rogue.pid --port=0 --interface=public --enable-ra \
      --dhcp-range=fd00::,ra-only,64 --ra-param=public,4,600
      for port in 67 68; do for each in 1 2 3; do echo hello | nc -u -w 1 -s ${own.ipv4} -p $port ${resourceSide.gateway4} 68; done; done
      kill $(cat /run/rogue.pid)`;
    await said(node, attacker, script);
    const heard = await said(node, names.ndmz, "nft list chain inet heard what");
    expect(heard).toMatch(/packets 0 bytes 0 comment "adverts"/);
    expect(heard).toMatch(/packets 0 bytes 0 comment "servers"/);
    expect(heard).toMatch(/packets [1-9]\d* bytes \d+ comment "others"/);
  }));

test("a resource gets nothing to the node by the bridge that it is at, whatever it knows of it", () =>
  withFarm(home, async ({ node }) => {
    await startUp(node);
    const { zos } = await until(node, isReady);
    await attach(node, attacker);
    const [address = ""] = (zos?.ipv4[0] ?? "").split("/");
    await node.start([process.execPath, "-e", listener], { isAnnounced: true });
    const send = (where: string) => `echo hello | nc -u -w 1 ${where} 7777`;
    await said(node, null, send(address));
    await expect.poll(() => said(node, null, "cat /run/heard")).toBe("heard");
    const asked = await said(
      node,
      attacker,
      `ip route add ${address} dev public; ${send(address)}; ip neigh show ${address}`,
    );
    expect(asked).toMatch(/FAILED|INCOMPLETE/);
    await said(
      node,
      attacker,
      `ip neigh replace ${address} lladdr ${resourceSide.bridgeMac} dev public; ip neigh replace 100.127.255.255 lladdr ff:ff:ff:ff:ff:ff dev public
      ${send(address)}; ip neigh replace ${address} lladdr ff:ff:ff:ff:ff:ff dev public; ${send(address)}`,
    );
    expect(await said(node, null, "cat /run/heard")).toBe("heard");
  }));

test("rules of ports that somebody takes away are put back", () =>
  withFarm(home, async ({ node }) => {
    await startUp(node);
    await until(node, isReady);
    const [own] = [await attach(node, victim), await attach(node, attacker)];
    await said(node, attacker, claiming(own));
    await node.run(["nft", "flush", "ruleset"]);
    const tables = () => said(node, null, "nft list tables | grep zos-boot$ | sort");
    await expect.poll(tables, { timeout: 20_000 }).toBe("table bridge zos-boot\ntable inet zos-boot");
    await expect.poll(() => said(node, victim, reaching(own)), { timeout: 20_000 }).toBe("v4\nv6");
    expect(await said(node, attacker, reaching(own))).toBe("");
    await until(node, isReady);
  }));

test("nobody in the network of an exit of its own gets an answer, or anything else, to the node by its bridge there", () =>
  withFarm(layoutNamed("oob-workload"), async ({ node, routers }) => {
    await startUp(node);
    const { zos, exit } = await until(node, isReady);
    expect(exit?.exitNic).toBe("eth1");
    const [address = ""] = (zos?.ipv4[0] ?? "").split("/");
    const outside = routers.find(({ router }) => router.ipv4?.isNated === false)?.namespace ?? "";
    await node.start([process.execPath, "-e", listener], { isAnnounced: true });
    const send = `echo hello | nc -u -w 1 ${address} 7777`;
    await said(node, null, send);
    await expect.poll(() => said(node, null, "cat /run/heard")).toBe("heard");
    const there = async (script: string) => (await run(inNamespace(outside, ["sh", "-c", script]))).stdout;
    const asked = await there(`ip route add ${address} dev lan; ${send}; ip neigh show ${address} dev lan`);
    expect(asked).toMatch(/FAILED|INCOMPLETE/);
    const [, mac = ""] = /ether (\S+)/.exec(await outputOf(node, "ip", "link", "show", names.publicBridge)) ?? [];
    const towards = (lladdr: string) => `ip neigh replace ${address} lladdr ${lladdr} dev lan; ${send}`;
    await there(`${towards(mac)}; ${towards("ff:ff:ff:ff:ff:ff")}`);
    expect(await said(node, null, "cat /run/heard")).toBe("heard");
  }));
