import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { until, useBed } from "./bed.ts";
import { addressesIn, isOnline, proveTraffic, seenFrom, untilStatus } from "./node.ts";
import { nicName } from "./qemu.ts";

const nic = nicName(0);

describe("a machine whose NIC the initramfs configured, on which nobody boots yet", () => {
  const bed = useBed([homeDual], {
    isEnabled: false,
    isInitramfsNetworked: true,
    append: `ip=::::zos-vm:${nic}:dhcp net.ifnames=1`,
    nics: [{ segment: "home", model: "virtio-net-pci" }],
  });
  const untilConfigured = () =>
    until("the guest has IPv4 and IPv6 by the kernel alone", async () => {
      const seen = await seenFrom(bed.machine());
      return seen.v4 !== null && seen.v6 !== null ? seen : null;
    });

  test("the lab boots its own node there", { timeout: 1_200_000 }, async () => {
    const lab = await bed
      .machine()
      .attempt(["zos-boot", "lab", "home-dual", "--delays", "20"], { timeoutMs: 1_000_000 });
    expect(lab.stdout + lab.stderr).toContain("✓ online in");
    expect(lab.code).toBe(0);
  });

  test("`probe` leaves its addresses, its routes and a connection that lasts as they are", async () => {
    const machine = bed.machine();
    await untilConfigured();
    const before = await addressesIn(machine);
    // Like a session of ssh: one connection, a word now and then.
    await machine.sh(`mkfifo /run/said &&
      systemd-run --quiet --unit session sh -c 'nc ${internet.http4} 80 <>/run/said >/run/heard'`);
    const { stdout, stderr } = await machine.attempt(["zos-boot", "probe"]);
    expect(stdout + stderr).toContain(nic);
    expect(await addressesIn(machine)).toEqual(before);
    await machine.run(["sh", "-c", "cat >/run/said"], { input: "GET / HTTP/1.0\r\n\r\n" });
    await until("the connection still answers", async () =>
      (await machine.sh("cat /run/heard")).includes('"peer"') ? true : null,
    );
    expect(await machine.run(["ip", "-d", "link"])).not.toContain("macvlan");
  });

  test("`probe --disruptive` that is hung up on gives everything back, and after a kill the next run does", async () => {
    const machine = bed.machine();
    await untilConfigured();
    const before = await addressesIn(machine);
    for (const signal of ["HUP", "KILL"]) {
      await machine.run([
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit",
        "probe",
        "zos-boot",
        "probe",
        "--disruptive",
      ]);
      await until("the NIC is probed", () => machine.sh("ip netns list | grep zos-probe"));
      await machine.run(["systemctl", "kill", "--kill-who", "main", "--signal", signal, "probe"]);
      await until("it has ended", () => machine.sh("! systemctl is-active --quiet probe"));
      if (signal === "KILL") await machine.attempt(["zos-boot", "probe"]);
      await until(`everything is back after SIG${signal}`, async () => {
        expect(await addressesIn(machine)).toEqual(before);
        return true;
      });
      expect(await machine.run(["ip", "-d", "link"])).not.toContain("macvlan");
      expect(await machine.run(["ip", "netns", "list"])).not.toContain("zos-probe");
    }
  });

  test("the unit takes it over, and `down` gives everything back", async () => {
    const machine = bed.machine();
    await untilConfigured();
    const before = await addressesIn(machine);
    await machine.run(["systemctl", "start", "zos-boot"]);
    await untilStatus(machine, isOnline, "online");
    await proveTraffic(machine);
    await machine.run(["systemctl", "stop", "zos-boot"]);
    await machine.run(["zos-boot", "down"]);
    await until("its addresses and routes are back", async () => {
      expect(await addressesIn(machine)).toEqual(before);
      return true;
    });
    await untilConfigured();
  });
});
