import { expect, test } from "vitest";
import { setTimeout as delay } from "node:timers/promises";
import type { Report } from "../../src/cli/report.ts";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { managementIpv4, nic, router } from "../../src/lab/layouts/parts.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { bundle, isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";

const home = layoutNamed("home-dual");
const two: Layout = {
  ...home,
  segments: [...home.segments, { name: "other", router: router(managementIpv4, null) }],
  nics: [nic("eth0", "home"), nic("eth1", "other")],
};

/** As `ip=dhcp` of an initramfs leaves it: finite lifetimes or none, and a default route without a metric. */
const configured = [
  "link set dev eth0 up mtu 1400",
  "addr add 192.168.1.20/24 brd + dev eth0 valid_lft 86400 preferred_lft 86400",
  "addr add 192.168.1.21/24 dev eth0 label eth0:more",
  "addr add 2001:db8:1::20/64 dev eth0 nodad",
  "route add default via 192.168.1.1",
  "route add 198.18.0.0/15 via 192.168.1.1 src 192.168.1.20 metric 7 table 77 proto static mtu 1300",
  "route add 2001:db8:77::/48 via 2001:db8:1::1 src 2001:db8:1::20 metric 9",
];

async function configure(node: LabNode, lines: readonly string[]): Promise<void> {
  await node.run(["sh", "-c", "echo 2 > /proc/sys/net/ipv4/conf/eth0/rp_filter"]);
  await node.run(["sh", "-c", `echo nameserver ${internet.dns4} > /etc/resolv.conf`]);
  await node.run(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  // What the router advertises comes by itself; then nothing changes any more.
  await becomes(
    () => picture(node),
    (text) => text.includes("proto ra") && !text.includes("tentative"),
  );
}

/** Addresses, routes of all tables and parameters, without what counts down. */
async function picture(node: LabNode): Promise<string> {
  const words = "ip -o link show type veth; ip -o addr; ip route show table all; ip -6 route show table all";
  const settings = "sysctl -a --pattern '^net.ipv[46].conf.eth'; ip netns; ls /run/zos-boot 2>/dev/null || true";
  const text = await outputOf(node, "sh", "-c", `${words}; ${settings}`);
  return text
    .replaceAll(/ (valid_lft|preferred_lft|expires) \d+sec| qdisc \w+/g, " $1") // A link that has been up once has a qdisc.
    .split("\n")
    .toSorted()
    .join("\n");
}

async function becomes(read: () => Promise<string>, isMeant: (text: string) => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isMeant(await read()) && performance.now() < deadline) await delay(100);
}

/** Everything stands as before; what routers advertise may take its time to come again. */
async function expectAsBefore(node: LabNode, before: string): Promise<void> {
  await becomes(
    () => picture(node),
    (text) => text === before,
  );
  expect(await picture(node)).toBe(before);
}

/** The node's address as a server on the Internet sees it, in each family; null where there is no way. */
async function seenBy(node: LabNode): Promise<(string | null)[]> {
  const urls = [`http://${internet.http4}/`, `http://[${internet.http6}]/`];
  const text = await outputOf(node, process.execPath, bundle, "lab", "agent", "fetch", ...urls);
  return (JSON.parse(text) as { seen: string | null }[]).map(({ seen }) => seen);
}

/** Connects again and again while something else happens; tells how many attempts failed. */
async function lostWhile(node: LabNode, action: () => Promise<void>): Promise<number> {
  const script = `i=0; lost=0; while [ ! -e /run/enough ]; do
    nc -z -w 1 ${internet.http4} 80 || lost=$((lost+1)); nc -z -w 1 ${internet.http6} 80 || lost=$((lost+1))
    i=$((i+1)); done; rm /run/enough; test $i -gt 3 && echo $lost`;
  const flow = outputOf(node, "sh", "-c", script);
  try {
    await action();
  } finally {
    await node.run(["touch", "/run/enough"]);
  }
  return Number(await flow);
}

test("a NIC in use is reported as it stands: no connection is lost, nothing changes", () =>
  withFarm(two, async ({ node }) => {
    await configure(node, configured);
    const before = await picture(node);
    const lost = await lostWhile(node, async () => {
      const report = JSON.parse(await outputOf(node, ...zosBoot("probe", "--json"))) as Report;
      expect(report.nics).toMatchObject([
        { nic: "eth0", verdict: "chosen", lease: "192.168.1.20/24", hasCarrier: true },
        { nic: "eth1", verdict: "lost", class: "private" },
      ]);
      expect(report.nics[0]?.reason).toContain("in use, so not probed (--disruptive does): 192.168.1.20/24");
      expect(report.site.canServe).toMatchObject({ egress4: { answer: "yes" }, egress6: { answer: "yes" } });
    });
    expect(lost).toBe(0);
    await expectAsBefore(node, before);
  }));

test("a disruptive probe gives a NIC in use back exactly, by either isolation", () =>
  withFarm(two, async ({ node }) => {
    await configure(node, configured);
    const before = await picture(node);
    for (const isolation of ["passthru", "move"]) {
      const argv = zosBoot("probe", "--json", "--disruptive", "--isolation", isolation);
      const report = JSON.parse(await outputOf(node, ...argv)) as Report;
      expect(report.nics[0]).toMatchObject({
        nic: "eth0",
        verdict: "chosen",
        lease: expect.stringMatching(/\.1\.1\d\d\//),
      });
      await expectAsBefore(node, before);
    }
    expect(await seenBy(node)).toEqual([expect.any(String), expect.any(String)]);
  }));

const silent: Layout = { ...two, segments: [...two.segments, { name: "silent", router: null }] };
const stuck: Layout = { ...silent, nics: [...two.nics, nic("eth2", "silent")] };

async function untilProbing(node: LabNode): Promise<void> {
  await becomes(
    () => outputOf(node, "ip", "netns", "list"),
    (text) => text.includes("zos-probe-eth2"),
  );
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
  test(`a disruptive probe that gets ${signal} gives everything back`, () =>
    withFarm(stuck, async ({ node }) => {
      await configure(node, configured);
      const before = await picture(node);
      const probe = await node.start(zosBoot("probe", "--disruptive"), { stdio: "ignore" });
      await untilProbing(node);
      await probe.signal(signal);
      expect(await probe.exited).not.toBe(0);
      await expectAsBefore(node, before);
    }));
}

test("a disruptive probe whose terminal is hung up gives everything back", () =>
  withFarm(stuck, async ({ node }) => {
    await configure(node, configured);
    const before = await picture(node);
    const command = zosBoot("probe", "--disruptive").join(" ");
    const terminal = await node.start(["script", "-qfc", command, "/dev/null"], { stdio: "ignore" });
    await untilProbing(node);
    await terminal.signal("SIGKILL");
    await expectAsBefore(node, before);
  }));

for (const next of ["probe", "down"]) {
  test(`what a killed disruptive probe had is given back by the next ${next}`, () =>
    withFarm(stuck, async ({ node }) => {
      await configure(node, configured);
      const before = await picture(node);
      const probe = await node.start(zosBoot("probe", "--disruptive"), { stdio: "ignore" });
      await untilProbing(node);
      await probe.signal("SIGKILL");
      await probe.exited;
      await node.run(["sh", "-c", `${zosBoot(next).join(" ")} || true`], { timeoutMs: 60_000 });
      await expectAsBefore(node, before);
    }));
}

test("a boot takes NICs whose routes would beat its own, and `down` gives them back", () =>
  withFarm(two, async ({ node }) => {
    const beats = [
      "link set dev eth1 up",
      "addr add 10.20.0.9/24 dev eth1",
      "route append default via 10.20.0.1 dev eth1",
    ];
    await configure(node, [...configured, ...beats]);
    const before = await picture(node);
    await startUp(node);
    const { uplink } = await until(node, isOnline);
    expect(uplink?.nic).toBe("eth0");
    const routes = JSON.parse(await outputOf(node, "ip", "-j", "route", "get", internet.http4)) as { dev: string }[];
    expect(routes[0]?.dev).toBe("zos");
    expect((await seenBy(node))[0]).toBe("203.0.113.11");
    await outputOf(node, ...zosBoot("down"));
    await expectAsBefore(node, before);
    expect(await seenBy(node)).toEqual(["203.0.113.11", expect.any(String)]);
  }));

test("`down` says what it cannot put back, and goes on; the next one tries again", () =>
  withFarm(two, async ({ node }) => {
    await configure(node, configured);
    const before = await picture(node);
    await startUp(node);
    await until(node, isOnline);
    // Another link has the route's place by now.
    const taken = ["link add other type veth peer name rehto", "link set dev other up", "link set dev rehto up"];
    const route = "2001:db8:77::/48 dev other metric 9";
    await node.run(["ip", "-batch", "-"], { input: `${[...taken, `route add ${route}`].join("\n")}\n` });
    const said = await outputOf(node, "sh", "-c", `${zosBoot("down").join(" ")} 2>&1; echo exit $?`);
    expect(said).toMatch(/could not be put back: eth0: ip route add unicast 2001:db8:77::\/48 .*File exists/);
    expect(said).toContain("exit 75");
    await outputOf(node, "ip", "link", "del", "dev", "other");
    await outputOf(node, ...zosBoot("down"));
    await expectAsBefore(node, before);
  }));
