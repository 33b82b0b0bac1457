import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { expect, test } from "vitest";
import { exitCode } from "../../src/errors.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { type LabNode, nodeLabDir } from "../../src/lab/farm/node.ts";
import { isInstalled } from "../../src/os/tools.ts";
import { names } from "../../src/policy/names.ts";
import type { Status } from "../../src/program/status-file.ts";
import { type StatusReport, statusReportSchema } from "../../src/program/status-schema.ts";
import { configure, isOnline, isOnlineAs, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";

/** Without a registrar, which the lab would configure. */
const { registrar: _registrar, vantage: _vantage, ...homeDual } = layoutNamed("home-dual");
const resource = "nr1";

interface Ended {
  code: number;
  said: string;
}

/** Runs the program to its end: what it said on both streams, and its exit code. */
async function ending(node: LabNode, ...args: string[]): Promise<Ended> {
  const { stdout } = await node.run(["sh", "-c", '"$@" 2>&1; echo "exit $?"', "sh", ...zosBoot(...args)]);
  const [, said = "", code = ""] = /^(.*?)exit (\d+)\n$/s.exec(stdout) ?? [];
  return { code: Number(code), said };
}

const reload = (node: LabNode) => ending(node, "reload");

/** A resource whose traffic goes out through ndmz. */
async function attach(node: LabNode): Promise<void> {
  await node.run(["ip", "netns", "add", resource]);
  await node.run(zosBoot("attach", resource));
  await until(node, ({ ndmz }) => ndmz !== null && ndmz.npub4.ipv4.length > 0);
}

/** Connects again and again from a namespace, by each family, while something else happens; tells how many attempts failed. */
async function lostWhile(node: LabNode, namespace: string | null, action: () => Promise<void>): Promise<number> {
  const enough = `/run/enough-${namespace ?? "node"}`;
  const script = `i=0; lost=0; while [ ! -e ${enough} ]; do
    nc -z -w 1 ${internet.http4} 80 || lost=$((lost+1)); nc -z -w 1 ${internet.http6} 80 || lost=$((lost+1))
    i=$((i+1)); done; rm ${enough}; test $i -gt 3 && echo $lost`;
  const flow = node.run(["sh", "-c", script], { namespace, timeoutMs: 60_000 });
  try {
    await action();
  } finally {
    await node.run(["touch", enough]);
  }
  return Number((await flow).stdout);
}

/** What the boot has told people of its configuration. */
async function toldOf({ root }: LabNode): Promise<string[]> {
  const text = await readFile(`${root}${nodeLabDir}/up.log`, "utf8");
  const lines = text.trimEnd().split("\n");
  return lines
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .filter((msg) => msg.startsWith("configuration"));
}

/** `online` does not wait for the node's own IPv6 where it has IPv4. */
const hasDefaultRoutes = (facts: Status["zos"]) =>
  facts !== null && facts.gateways4.length > 0 && facts.gateways6.length > 0 && facts.ipv6.length > 0;

const visitsOf = ({ visits }: Status) => Object.values(visits).reduce((sum, count) => sum + count, 0);

test("settings that change nothing of what stands are applied, bad ones refused, and no connection is lost", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    const before = await until(node, isOnline);
    await attach(node);
    const lost = await lostWhile(node, resource, async () => {
      expect(await reload(node)).toEqual({ code: 0, said: "configuration read: nothing has changed\n" });
      await configure(node, "isolation: move", "uplink: eth0", "ignoreNics: [usb*]");
      expect(await reload(node)).toEqual({
        code: 0,
        said: "configuration read: changed isolation, ignoreNics, uplink\n",
      });
      await configure(node, "isolation: teleport", "uplnk: eth0");
      const { said: refusal } = await ending(node, "config");
      expect(await reload(node)).toEqual({ code: exitCode.config, said: refusal });
      await configure(node, "supervisor: zinit");
      const refused = await reload(node);
      expect(refused.code).toBe(exitCode.tempFail);
      expect(refused.said).toContain("supervisor was changed from auto to zinit, which needs a restart");
    });
    expect(lost).toBe(0);
    const after = await until(node, isOnline);
    expect(visitsOf(after)).toBe(visitsOf(before));
    expect(await toldOf(node)).toEqual([
      "configuration read: nothing has changed",
      "configuration read: changed isolation, ignoreNics, uplink",
      expect.stringMatching(/^configuration refused, the old one is kept: .*"teleport" is not auto/) as string,
      expect.stringMatching(/^configuration refused, the old one is kept: supervisor/) as string,
    ]);
  }));

test("another exit is taken with the uplink kept: the node itself loses no connection", () =>
  withFarm(layoutNamed("ha-pair"), async ({ node }) => {
    await startUp(node);
    const before = await until(node, (status) => isOnline(status) && hasDefaultRoutes(status.zos));
    const [uplink, exit] = [before.uplink?.nic ?? "", before.exit?.exitNic ?? ""];
    expect([uplink, exit].toSorted()).toEqual(["eth0", "eth1"]);
    await attach(node);
    const port = () => outputOf(node, "ip", "-br", "link", "show", "master", names.publicBridge);
    const lost = await lostWhile(node, null, async () => {
      await configure(node, `exit: ${uplink}`);
      expect((await reload(node)).said).toContain(`${uplink} is pinned as the exit by configuration: another exit`);
      const through = await until(node, (status) => isOnline(status) && status.exit?.exitNic === null);
      expect(through.uplink?.nic).toBe(uplink);
      expect(await port()).toBe("");
      await configure(node, `exit: ${exit}`);
      await reload(node);
      await until(node, (status) => isOnline(status) && status.exit?.exitNic === exit);
      expect(await port()).toContain(exit);
    });
    expect(lost).toBe(0);
    expect(await lostWhile(node, resource, () => new Promise((resolve) => setTimeout(resolve, 1_000)))).toBe(0);
  }));

test("an uplink that is ignored from now on makes way for another, and is adopted by no later run", () =>
  withFarm(layoutNamed("ha-pair"), async ({ node }) => {
    const up = await startUp(node);
    const before = await until(node, isOnline);
    const uplink = before.uplink?.nic ?? "";
    const other = uplink === "eth0" ? "eth1" : "eth0";
    await configure(node, `ignoreNics: [${uplink}]`);
    expect((await reload(node)).said).toContain(`${uplink} is ignored by configuration: another uplink is chosen`);
    const after = await until(node, (status) => isOnline(status) && status.uplink?.nic === other);
    expect(await outputOf(node, "ip", "-br", "link", "show", "dev", uplink)).not.toContain(names.bridge);
    await up.signal("SIGTERM");
    await up.exited;
    await configure(node, `uplink: ${uplink}`);
    await startUp(node);
    const later = await until(node, isOnlineAs(after.pid));
    expect(later.uplink?.nic).toBe(uplink);
  }));

test.skipIf(!(await isInstalled("udhcpc")))(
  "another DHCP client takes over the same leases, and no connection is lost",
  () =>
    withFarm(
      homeDual,
      async ({ node }) => {
        await startUp(node);
        const before = await until(node, isOnline);
        await attach(node);
        const lost = await lostWhile(node, resource, async () => {
          await configure(node, "dhcpClient: udhcpc");
          expect((await reload(node)).said).toContain("DHCP clients are registered anew");
          await until(node, (status) => isOnline(status) && visitsOf(status) > visitsOf(before));
          const clients = () => outputOf(node, "sh", "-c", "pgrep -a udhcpc | wc -l");
          await expect.poll(clients, { timeout: 10_000 }).toMatch(/2\n$/);
        });
        expect(lost).toBe(0);
        expect(await outputOf(node, "sh", "-c", "pgrep dhcpcd || true")).toBe("");
        const after = await until(node, (status) => isOnline(status) && (status.zos?.ipv4.length ?? 0) > 0);
        expect(after.zos?.ipv4).toEqual(before.zos?.ipv4);
      },
      ["dhcpClient: dhcpcd"],
    ),
);

test("a configuration that comes while NICs are probed counts at once, and nothing is left of the round before", () => {
  const silent = { name: "silent", router: null };
  const nics = [
    { name: "eth0", segment: "silent", hasCarrier: true },
    { name: "eth1", segment: "home", hasCarrier: true },
  ];
  return withFarm(
    { ...homeDual, segments: [...homeDual.segments, silent], nics },
    async ({ node }) => {
      await startUp(node);
      await until(node, ({ detail }) => detail.startsWith("probe.watch"));
      await configure(node);
      expect((await reload(node)).said).toContain("changed ignoreNics");
      const { uplink, visits } = await until(node, isOnline);
      expect(uplink?.nic).toBe("eth1");
      expect(visits).toMatchObject({ probe: 2, recover: 2 });
      await expectNothingStray(node, ["eth0", "eth1", "zos"]);
    },
    ["ignoreNics: [eth1]"],
  );
});

const upWithLog = zosBoot("up", "--log-file", `${nodeLabDir}/up.log`);

test("SIGHUP has a daemon read its configuration anew, and ends a program that has lost its terminal", () =>
  withFarm(homeDual, async ({ node }) => {
    const daemon = await node.start(["setsid", "--wait", ...upWithLog], { stdio: "ignore" });
    const { pid } = await until(node, isOnline);
    await outputOf(node, "kill", "-HUP", String(pid));
    await expect.poll(() => toldOf(node)).toEqual(["configuration read: nothing has changed"]);
    await outputOf(node, "kill", "-TERM", String(pid));
    expect(await daemon.exited).toBe(0);
    const command = upWithLog.join(" ");
    const shell = await node.start(["script", "-qec", command, "/dev/null"], { stdio: "ignore" });
    const shown = await until(node, isOnlineAs(pid));
    await outputOf(node, "kill", "-HUP", String(shown.pid));
    expect(await shell.exited).toBe(0);
    expect(await toldOf(node)).toHaveLength(1);
  }));

test("a node with a broken configuration goes online without what is wrong, and says so, but not with --strict", () =>
  withFarm(homeDual, async ({ node }) => {
    await configure(node, "probeTimeoutMs: soon", "uplnk: eth9");
    for (const stage of ["up", "internet", "networkd"]) {
      const { code, said } = await ending(node, stage, "--strict");
      expect(code, stage).toBe(exitCode.config);
      expect(said).toContain("unknown key uplnk");
    }
    for (const other of ["config", "probe"]) expect((await ending(node, other)).code, other).toBe(exitCode.config);
    await startUp(node);
    const { configFaults } = await until(node, isOnline);
    expect(configFaults).toEqual([
      expect.stringContaining('probeTimeoutMs: "soon" is not') as string,
      expect.stringContaining("unknown key uplnk") as string,
    ]);
    expect(await toldOf(node)).toEqual(configFaults.map((fault) => `configuration: left out: ${fault}`));
    const { code, said } = await ending(node, "status");
    expect(code).toBe(0);
    expect(said).toContain("degraded: 2 faults in the configuration");
    await configure(node);
    expect((await reload(node)).code).toBe(0);
    await until(node, (status) => isOnline(status) && status.configFaults.length === 0);
  }));

test("whoever waits for a step is told when the boot comes to it, and one who looks on of each change and of its end", () =>
  withFarm(homeDual, async ({ node }) => {
    expect((await ending(node, "status", "--wait", "online", "--timeout", "300ms")).code).toBe(exitCode.tempFail);
    expect((await ending(node, "status", "--wait", "online", "--timeout", "soon")).code).toBe(exitCode.usage);
    const waiting = ending(node, "status", "--wait", "nat", "--timeout", "30s", "--json");
    const seen = `${nodeLabDir}/seen`;
    const looking = await node.start([
      "sh",
      "-c",
      `exec "$@" > ${seen}`,
      "sh",
      ...zosBoot("status", "--watch", "--json"),
    ]);
    const lines = async () => (await readFile(node.root + seen, "utf8")).trimEnd().split("\n").filter(Boolean);
    await expect.poll(lines, { timeout: 10_000 }).toHaveLength(1);
    const up = await startUp(node);
    const came = await waiting;
    expect(came.code).toBe(0);
    expect(v.parse(statusReportSchema, JSON.parse(came.said))).toMatchObject({ isRunning: true });
    await until(node, isOnline);
    await up.signal("SIGKILL");
    const reports = async () => (await lines()).map((line) => JSON.parse(line) as StatusReport);
    await expect.poll(async () => (await reports()).at(-1)?.isRunning, { timeout: 10_000 }).toBe(false);
    for (const report of await reports()) expect(v.parse(statusReportSchema, report)).toEqual(report);
    const states = (await reports()).map((report) => ("state" in report ? report.state : null));
    expect(states[0]).toBeNull();
    expect(states.at(-1)).toBe("online");
    await looking.signal("SIGINT");
    expect(await looking.exited).toBe(0);
    expect((await ending(node, "reload")).code).toBe(exitCode.unavailable);
  }));
