import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DhcpProgram, LeaseClient } from "../../../src/contract.ts";
import {
  clientCommand,
  clientFiles,
  findDhcpProgram,
  isClientOf,
  releaseSignalFor,
} from "../../../src/os/dhcp-client.ts";

const client: Omit<LeaseClient, "program"> = {
  service: "dhcp-zos",
  iface: "zos",
  namespace: null,
  clientId: "ff:00:00:01:00:00:03:00:01:02:00:00:00:01:00",
  hostname: "node",
};
const programs: DhcpProgram[] = ["dhcpcd", "udhcpc"];

describe("which DHCP client is used", () => {
  const path = process.env["PATH"];
  let bin: string;
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "dhcp-client-"));
    process.env["PATH"] = bin;
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(bin, { recursive: true });
  });
  const install = (...names: string[]) => {
    for (const name of names) writeFileSync(join(bin, name), "", { mode: 0o755 });
  };

  test("is the one that is installed, dhcpcd when both are", async () => {
    install("udhcpc");
    expect(await findDhcpProgram("auto")).toBe("udhcpc");
    install("dhcpcd");
    expect(await findDhcpProgram("auto")).toBe("dhcpcd");
  });

  test("is what the configuration says", async () => {
    install("dhcpcd", "udhcpc");
    expect(await findDhcpProgram("udhcpc")).toBe("udhcpc");
  });

  test("is not one that cannot be run", async () => {
    writeFileSync(join(bin, "dhcpcd"), "", { mode: 0o644 });
    mkdirSync(join(bin, "empty"));
    install("udhcpc");
    expect(await findDhcpProgram("auto")).toBe("udhcpc");
  });

  test.each([
    ["auto", "not installed: dhcpcd (Debian package dhcpcd-base) or udhcpc (Debian package udhcpc)"],
    ["dhcpcd", "not installed: dhcpcd (Debian package dhcpcd-base)"],
    ["udhcpc", "not installed: udhcpc (Debian package udhcpc)"],
  ] as const)("is an error when it is not there: %s", async (choice, message) => {
    await expect(findDhcpProgram(choice)).rejects.toMatchObject({ code: "tool-missing", message });
  });
});

describe("the command line of a DHCP client", () => {
  test.each(programs)("of %s says who the node is alike for a probe and for a lease", (program) => {
    const identity = (argv: string[]) => argv.filter((word) => /clientid|hostname|0x3d/.test(word));
    const lease = clientCommand({ ...client, program });
    const probe = clientCommand(
      { ...client, program, service: "zos-probe-eth0", iface: "eth0", namespace: "zos-probe-eth0" },
      { isProbe: true },
    );
    expect(identity(lease)).toHaveLength(2);
    expect(identity(probe)).toEqual(identity(lease));
    expect(probe.slice(0, 4)).toEqual(["ip", "netns", "exec", "zos-probe-eth0"]);
  });

  test("gives udhcpc the client identifier as option 61 in hex, and an environment with nothing of ours in it", () => {
    const argv = clientCommand({ ...client, program: "udhcpc" });
    expect(argv.slice(0, 2)).toEqual(["env", "-i"]);
    expect(argv).toContain("zos_boot_events=/run/zos-boot/dhcp/dhcp-zos");
    expect(argv).toContain("0x3d:ff0000010000030001020000000100");
  });

  test("lets udhcpc release its lease when it ends in a probe only", () => {
    expect(clientCommand({ ...client, program: "udhcpc" }, { isProbe: true })).toContain("-R");
    expect(clientCommand({ ...client, program: "udhcpc" })).not.toContain("-R");
  });
});

describe("a process", () => {
  test.each([
    ["dhcpcd: zos [ip4]", true],
    ["/usr/sbin/dhcpcd --ipv4only zos", true],
    ["udhcpc -f -i zos -s /usr/lib/zos-boot/udhcpc-event", true],
    ["/sbin/udhcpc -f -i zos", true],
    ["dhcpcd: zos2 [ip4]", false],
    ["udhcpc -f -i eth0", false],
    ["dhcpcd: [privileged proxy]", false],
    ["vi udhcpc zos", false],
    ["sh -c udhcpc -i zos", false],
  ])("that is called %j is a DHCP client of zos: %s", (title, is) => {
    expect(isClientOf("zos", title)).toBe(is);
  });

  test.each([
    ["dhcpcd: [privileged proxy]", "SIGALRM"],
    ["udhcpc -f -i eth0", "SIGTERM"],
    ["rdisc6 -1 eth0", "SIGTERM"],
  ])("in a probe that is called %j ends on %s", (title, signal) => {
    expect(releaseSignalFor(title)).toBe(signal);
  });
});

test("what DHCP clients keep of an interface names that interface alone", () => {
  expect(clientFiles("zos").every((path) => path.includes("/zos"))).toBe(true);
  expect(clientFiles("zos")).toContain("/var/lib/dhcpcd/zos.lease");
});
