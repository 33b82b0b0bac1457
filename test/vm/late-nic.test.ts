import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { useBed } from "./bed.ts";
import { atState, proveTraffic, untilOnline, untilStatus } from "./node.ts";
import { nicName } from "./qemu.ts";

/** Tells of each transition; otherwise as `install` writes it. */
const talkative = `[Service]
ExecStart=
ExecStart=/usr/local/sbin/zos-boot up --log-level debug
`;

describe("a machine without any NIC", () => {
  const bed = useBed([homeDual], {
    nics: [{ segment: "home", model: "virtio-net-pci", isPlugged: false }],
    files: { "/etc/systemd/system/zos-boot.service.d/talkative.conf": talkative },
  });

  test("a NIC that is plugged in wakes it, which waits for nothing else", async () => {
    const machine = bed.machine();
    await atState(machine, "restart");
    await machine.sh("journalctl --flush --rotate; journalctl --vacuum-time=1s");
    await machine.plug(0);
    const { uplink } = await untilOnline(machine);
    expect(uplink?.nic).toBe(nicName(0));
    const journal = await machine.sh("journalctl --no-pager -o cat -u zos-boot");
    const wakes = journal.split("\n").filter((line) => /\b(boot)\b.*\brecover\b/.test(line));
    expect(wakes[0]).toBeDefined();
    expect(wakes[0]).not.toContain("xstate.after");
    await proveTraffic(machine);
  });

  test("when it is unplugged the machine waits, and takes it again", async () => {
    const machine = bed.machine();
    await untilOnline(machine);
    await machine.unplug(0);
    await untilStatus(machine, ({ state }) => state !== "online", "the loss is noticed");
    await machine.plug(0);
    await untilOnline(machine);
    await proveTraffic(machine);
  });
});
