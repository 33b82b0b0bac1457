import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { until, useBed } from "./bed.ts";
import { seenFrom, untilStatus } from "./node.ts";

describe("a machine with ipv6.disable=1", () => {
  const bed = useBed([homeDual], { append: "ipv6.disable=1", nics: [{ segment: "home", model: "virtio-net-pci" }] });

  test("comes onto the Internet by IPv4, and says that ndmz waits because the kernel has no IPv6", async () => {
    const machine = bed.machine();
    await untilStatus(machine, ({ state }) => state === "waitIpv6", "waitIpv6");
    await until("the guest itself reaches the Internet", async () => (await seenFrom(machine)).v4);
    const status = await machine.attempt(["zos-boot", "status"]);
    expect(status.stdout + status.stderr).toMatch(/kernel has no IPv6/);
  });
});
