import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bundle, startLab, runLab } from "./lab-process.ts";
import { type MachineState, namespacesBelow, processesIn, readMachine, until } from "./machine.ts";

const isRoot = process.getuid?.() === 0;
const hasNoUdhcpc = !["/sbin", "/usr/sbin", "/bin", "/usr/bin"].some((folder) => existsSync(`${folder}/udhcpc`));
const needsRoot = isRoot ? "" : " (skipped: needs root for network namespaces)";

/** Runs something and expects the machine to be afterwards as it was before. */
async function leavingTheMachineAlone<Result>(run: () => Promise<Result>): Promise<Result> {
  const before = readMachine();
  const result = await run();
  expect(readMachine()).toEqual<MachineState>(before);
  return result;
}

const anyState = { state: expect.any(String) as string, ms: expect.any(Number) as number };

describe.skipIf(!isRoot)(`a whole run of the lab${needsRoot}`, () => {
  test("behind a home router with IPv4 and IPv6 the node gets online, and workloads reach out but nothing gets in", async () => {
    const { code, report, stderr } = await leavingTheMachineAlone(() => runLab("home-dual"));
    expect(report, stderr).toEqual({
      kernel: expect.any(String) as string,
      layout: "home-dual",
      outcome: "online",
      totalMs: expect.any(Number) as number,
      states: expect.arrayContaining([anyState]) as unknown,
      uplink: "eth0",
      exit: "eth0",
      nics: [{ nic: "eth0", verdict: "chosen", reason: expect.stringContaining("192.168.1.1") as string }],
      proof: { host4: true, host6: true, nr4: true, nr6: true, inbound4Blocked: true, inbound6Blocked: true },
      grid: { twinId: 5, nodeId: 7, ms: expect.any(Number) as number },
      zdb: "possible",
      leftovers: [],
    });
    expect(report.states.map(({ state }) => state)).toEqual(
      expect.arrayContaining(["probe", "selectGateway", "bridge", "register", "ndmz", "waitIpv6", "nat", "online"]),
    );
    expect(report.states.every(({ ms }) => Number.isInteger(ms) && ms >= 0)).toBe(true);
    expect(report.totalMs).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  test("without IPv6 the node itself reaches the Internet, but its boot waits for IPv6 and says so", async () => {
    const { code, report, stderr } = await leavingTheMachineAlone(() => runLab("home-v4"));
    expect(report, stderr).toMatchObject({
      layout: "home-v4",
      outcome: "waitIpv6",
      uplink: "eth0",
      exit: "eth0",
      proof: { host4: true, host6: null, nr4: null, nr6: null, inbound4Blocked: null, inbound6Blocked: null },
      leftovers: [],
    });
    expect(report.states.map(({ state }) => state)).not.toContain("nat");
    expect(code).toBe(0);
  });

  test.skipIf(hasNoUdhcpc)(
    `with udhcpc the node gets online too${hasNoUdhcpc ? " (skipped: udhcpc is not installed)" : ""}`,
    async () => {
      const more = ["--dhcp-client", "udhcpc"];
      const { code, report, stderr } = await leavingTheMachineAlone(() => runLab("home-dual", bundle, more));
      expect(report, stderr).toMatchObject({
        outcome: "online",
        proof: { host4: true, host6: true, nr4: true, nr6: true, inbound4Blocked: true, inbound6Blocked: true },
        leftovers: [],
      });
      expect(code).toBe(0);
    },
  );

  test("whoever keeps the DHCP clients, the lease outlives the program, and a client that is killed comes back", async () => {
    const managers = { zinit: "zinit-text", "zinit-rpc": "zinit-rpc", embedded: "embedded" };
    const runs = await leavingTheMachineAlone(() =>
      Promise.all(Object.keys(managers).map((manager) => runLab("home-dual", undefined, ["--supervisor", manager]))),
    );
    for (const [index, kind] of Object.values(managers).entries()) {
      expect(runs[index]?.report, runs[index]?.stderr).toMatchObject({
        outcome: "online",
        proof: { host4: true, nr4: true, nr6: true, renewed: true, revived: true },
        supervisor: { kind, service: "dhcp-zos", state: "running" },
        leftovers: [],
      });
      expect(runs[index]?.code).toBe(0);
    }
  });

  test.each(["ha-pair", "oob-workload"])(
    "in %s workloads leave through the exit that the one-shot has found as soon as the daemon is online",
    async (layout) => {
      const { code, report, stderr } = await leavingTheMachineAlone(() =>
        runLab(layout, undefined, ["--supervisor", "zinit"]),
      );
      expect(report, stderr).toMatchObject({ outcome: "online", exit: "eth1", proof: { nr4: true, nr6: true } });
      expect(report.states.filter(({ state }) => state === "ndmz")).toHaveLength(1);
      expect(code).toBe(0);
    },
  );

  test("people are shown each state, each proof and the end", async () => {
    const lab = startLab([]);
    expect(await lab.ended, lab.stderr()).toBe(0);
    expect(lab.stdout()).toMatch(/^home-dual: /);
    for (const said of [
      "✓ a network resource reaches the Internet over IPv6, seen there as 2001:db8:",
      "npub6",
      "✓ online in ",
    ]) {
      expect(lab.stdout()).toContain(said);
    }
    expect(lab.stdout()).not.toContain("✗");
  });

  test("two labs side by side do not notice each other", async () => {
    const runs = await Promise.all([runLab("home-dual"), runLab("home-dual")]);
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual([0, 0].map((code) => ({ code, stderr: "" })));
  });
});

/** Starts a lab and waits until it is in the middle of a boot, or, when it is kept, has come to rest. */
async function startedLab(args: readonly string[], said: string) {
  const lab = startLab(args);
  await until(lab.stdout, (stdout) => stdout.includes(said));
  const namespaces = namespacesBelow(lab.pid);
  expect(namespaces.size).toBeGreaterThan(5);
  return { lab, namespaces };
}

describe.skipIf(!isRoot)(`a lab that is ended${needsRoot}`, () => {
  test("leaves no process and no namespace when it is killed in the middle of a boot", async () => {
    await leavingTheMachineAlone(async () => {
      const { lab, namespaces } = await startedLab(["home-v4"], "recover");
      lab.signal("SIGKILL");
      expect(await lab.ended).toBe("SIGKILL");
      await until(
        () => processesIn(namespaces),
        (pids) => pids.length === 0,
      );
    });
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("leaves nothing on %s, and says so by exit code %i", async (signal, code) => {
    await leavingTheMachineAlone(async () => {
      const { lab, namespaces } = await startedLab(["home-v4"], "recover");
      process.kill(-lab.pid, signal);
      expect(await lab.ended).toBe(code);
      expect(processesIn(namespaces)).toEqual([]);
    });
  });

  test("stays until Ctrl-C when it is told to keep the node, which can be entered meanwhile", async () => {
    await leavingTheMachineAlone(async () => {
      const { lab, namespaces } = await startedLab(["--keep"], "nsenter --target");
      const words = /nsenter (.*)/.exec(lab.stdout())?.[1]?.split(" ") ?? [];
      const seen = execFileSync("nsenter", [...words, "ip", "-brief", "link", "show", "zos"], { encoding: "utf8" });
      expect(seen).toMatch(/^zos .*UP/);
      process.kill(-lab.pid, "SIGINT");
      expect(await lab.ended).toBe(130);
      expect(processesIn(namespaces)).toEqual([]);
    });
  });
});

describe("the command line of the lab", () => {
  test("lists the layouts without being root", async () => {
    const lab = startLab(["--list"]);
    expect(await lab.ended).toBe(0);
    expect(lab.stdout()).toMatch(/^home-dual +\S.*\nhome-v4 +\S/);
  });

  test("names the layouts there are when it is asked for another", async () => {
    const lab = startLab(["moon-base"]);
    expect(await lab.ended).toBe(64);
    expect(lab.stderr()).toContain("moon-base");
    expect(lab.stderr()).toContain("home-dual");
  });
});
