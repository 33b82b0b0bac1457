import { describe, expect, test } from "vitest";
import { names } from "../../src/policy/names.ts";
import { until, useBed } from "./bed.ts";
import type { Machine } from "./machine.ts";
import { renewingHome, secondHome } from "./networks.ts";
import {
  acknowledgements,
  addressesIn,
  atState,
  bootAnew,
  isOnline,
  killProgram,
  proveTraffic,
  untilOnline,
  untilOnlineAnew,
  untilStatus,
} from "./node.ts";
import { nicName } from "./qemu.ts";

const [first, second, ignored] = [0, 1, 2];
const isolations = ["passthru", "move"] as const;

describe("a machine on which things break", () => {
  const bed = useBed([renewingHome, secondHome], {
    append: `zos-boot.ignoreNics=${nicName(ignored)}`,
    nics: [
      { segment: "home", model: "virtio-net-pci" },
      { segment: "second", model: "e1000", isPlugged: false },
      { segment: "home", model: "e1000" },
    ],
  });

  test("settings of the kernel's command line hold, for NICs as udev names them", async () => {
    const { uplink, nics } = await untilOnline(bed.machine());
    expect(uplink?.nic).toBe(nicName(first));
    expect(nics.find(({ nic }) => nic === nicName(ignored))?.verdict).toBe("ignored");
    const device = await bed.machine().run(["udevadm", "info", `/sys/class/net/${nicName(first)}`]);
    expect(device).toContain(`ID_NET_NAME_SLOT=${nicName(first)}`);
  });

  test("a bond, a VLAN and a dummy are in the report, with why they are no NICs", async () => {
    const { sh, attempt } = bed.machine();
    await sh(`set -e
      ip link add bond7 type bond
      ip link add link ${nicName(ignored)} name ${nicName(ignored)}.10 type vlan id 10
      ip link add dummy7 type dummy`);
    const { stdout } = await attempt(["zos-boot", "probe", "--json"]);
    await sh(`for link in bond7 ${nicName(ignored)}.10 dummy7; do ip link del $link; done`);
    const { otherLinks = [] } = JSON.parse(stdout) as { otherLinks?: { nic: string; reason: string }[] };
    const reasons = Object.fromEntries(otherLinks.map(({ nic, reason }) => [nic, reason]));
    expect(reasons).toMatchObject({
      bond7: expect.stringMatching(/bond/),
      [`${nicName(ignored)}.10`]: expect.stringMatching(/VLAN 10/),
      dummy7: expect.stringMatching(/dummy/),
    });
  });

  test("its lease is renewed while the unit is stopped", async () => {
    const machine = bed.machine();
    const before = await untilOnline(machine);
    await machine.run(["systemctl", "stop", "zos-boot"]);
    await provesRenewal(machine);
    await machine.run(["systemctl", "start", "zos-boot"]);
    await untilOnlineAnew(machine, before);
    await provesRenewal(machine);
  });

  test("killed while online, it is started again and goes on with the lease that was renewed meanwhile", async () => {
    const machine = bed.machine();
    const before = await atState(machine, "online", killProgram);
    await provesRenewal(machine);
    await untilOnlineAnew(machine, before);
    await proveTraffic(machine);
  });

  test("after a restart of the unit it is where it was", async () => {
    const machine = bed.machine();
    const before = await untilOnline(machine);
    const standing = await addressesIn(machine);
    await machine.run(["systemctl", "restart", "zos-boot"]);
    await untilOnlineAnew(machine, before);
    expect(await addressesIn(machine)).toEqual(standing);
  });

  test("a cable that is pulled and plugged in later is used again", async () => {
    const machine = bed.machine();
    await untilOnline(machine);
    await machine.setCarrier(first, false);
    await untilStatus(machine, (status) => !isOnline(status), "the loss is noticed");
    await machine.setCarrier(first, true);
    await untilOnline(machine);
    await proveTraffic(machine);
  });

  test("when its NIC is unplugged it moves to one that was plugged in later, and keeps no address of the old network", async () => {
    const machine = bed.machine();
    await untilOnline(machine);
    await machine.plug(second);
    await machine.unplug(first);
    await untilStatus(
      machine,
      (status) => isOnline(status) && status.uplink?.nic === nicName(second),
      "online by the other NIC",
    );
    const standing = (await addressesIn(machine)).join("\n");
    expect(standing).not.toMatch(/192\.168\.1\.|2001:db8:1:/);
    expect(await machine.run(["ip", "-n", names.ndmz, "addr"])).not.toMatch(/192\.168\.1\.|2001:db8:1:/);
    await proveTraffic(machine);
  });

  test.each(isolations)("unplugging a NIC while it is probed by %s does not keep it from another one", async (kind) => {
    const machine = bed.machine();
    await plugBoth(machine);
    await bootAnew(machine, `isolation: ${kind}\n`);
    await atState(machine, "probe");
    await machine.unplug(first);
    await untilStatus(
      machine,
      (status) => isOnline(status) && status.uplink?.nic === nicName(second),
      "online by the other NIC",
    );
    await proveTraffic(machine);
  });

  test.each(isolations)("killed while it probes by %s, it tidies up and comes online", async (kind) => {
    const machine = bed.machine();
    await plugBoth(machine);
    await bootAnew(machine, `isolation: ${kind}\n`);
    const before = await atState(machine, "probe", killProgram);
    await untilOnlineAnew(machine, before);
    await proveTraffic(machine);
    expect(await machine.run(["ip", "netns", "list"])).not.toContain("zos-probe");
  });

  test("killed while it builds ndmz, it comes online", async () => {
    const machine = bed.machine();
    await plugBoth(machine);
    await bootAnew(machine);
    const before = await atState(machine, "ndmz", killProgram);
    await untilOnlineAnew(machine, before);
    await proveTraffic(machine);
  });

  test.each(isolations)("a reset while it probes by %s is like any other start", async (kind) => {
    const machine = bed.machine();
    await plugBoth(machine);
    await bootAnew(machine, `isolation: ${kind}\n`);
    await atState(machine, "probe");
    await machine.reset();
    await untilOnline(machine);
    await proveTraffic(machine);
  });

  test("after a reset while online it has the same address", async () => {
    const machine = bed.machine();
    const before = await untilOnline(machine);
    await machine.run(["sync"]);
    await machine.reset();
    const after = await untilOnline(machine);
    expect(after.zos?.ipv4).toEqual(before.zos?.ipv4);
    await proveTraffic(machine);
  });
});

async function plugBoth(machine: Machine): Promise<void> {
  for (const nic of [first, second]) await machine.plug(nic);
}

/** zos's address is renewed again and again, and carries traffic. */
async function provesRenewal(machine: Machine): Promise<void> {
  const json = await machine.run(["ip", "-j", "-4", "addr", "show", "dev", names.bridge, "scope", "global"]);
  const [link] = JSON.parse(json) as { addr_info: { local: string }[] }[];
  const address = link?.addr_info[0]?.local ?? "";
  const count = await acknowledgements("home", address);
  await until(`${address} is renewed twice`, async () =>
    (await acknowledgements("home", address)) >= count + 2 ? true : null,
  );
  await proveTraffic(machine);
}
