import { describe, expect, test } from "vitest";
import { useBed } from "./bed.ts";
import { type Kernel, whyNoKernel } from "./image.ts";
import { threeNetworks, threeNics } from "./networks.ts";
import { nicName } from "./qemu.ts";
import { failuresIn, pidsOf, proveTraffic, statusOf, untilOnline, untilOnlineAnew } from "./node.ts";

const [deadNic, oobNic, goodNic] = threeNics.map((_, index) => nicName(index));
const kernels: Kernel[] = ["bookworm", "trixie"];

describe.each(kernels)("a machine with three NICs of two models and the kernel of %s", (kernel) => {
  const missing = whyNoKernel(kernel);
  if (missing !== null) {
    test(`boots with the kernel of ${kernel}`, ({ skip }) => skip(missing));
    return;
  }
  const bed = useBed(threeNetworks, { kernel, nics: threeNics });

  test(`${kernel}: the unit brings it online at boot, through the NIC that leads out`, async () => {
    const status = await untilOnline(bed.machine());
    expect(status.uplink?.nic).toBe(goodNic);
    const reasons = Object.fromEntries(status.nics.map(({ nic, reason }) => [nic, reason]));
    expect(reasons[deadNic ?? ""]).toMatch(/no carrier/);
    // An emulation may be too slow to prove it before the good one goes first.
    expect(reasons[oobNic ?? ""]).toMatch(/leads nowhere|was not proven|goes first/);
  });

  test(`${kernel}: it and its network resources reach the Internet over IPv4 and IPv6`, async () => {
    await proveTraffic(bed.machine());
  });

  test(`${kernel}: no effect failed on the way, and the kernel is listened to`, async () => {
    expect((await failuresIn(bed.machine())).join("\n")).toBe("");
    expect(await pidsOf(bed.machine(), "^ip .*monitor")).not.toEqual([]);
  });

  test(`${kernel}: stopped and started, it goes on where it was, without a moment off the Internet`, async () => {
    const machine = bed.machine();
    const before = await untilOnline(machine);
    await machine.run(["systemctl", "stop", "zos-boot"]);
    await proveTraffic(machine);
    await machine.run(["systemctl", "start", "zos-boot"]);
    await untilOnlineAnew(machine, before);
    expect((await statusOf(machine))?.uplink?.nic).toBe(goodNic);
    await proveTraffic(machine);
  });
});
