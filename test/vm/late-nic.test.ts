import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { useBed } from "./bed.ts";
import type { Machine } from "./machine.ts";
import { atState, proveTraffic, untilOnline } from "./node.ts";
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
    // A backoff may end by itself in the same moment; three times in a row it does not.
    const wakes: string[] = [];
    for (let turn = 0; turn < 3 && wakes.every((wake) => wake.includes("xstate.after")); turn += 1) {
      await atState(machine, "restart");
      const since = (await machine.sh("date +%s.%N")).trim();
      await machine.plug(0);
      const { uplink } = await untilOnline(machine);
      expect(uplink?.nic).toBe(nicName(0));
      wakes.push(await firstWakeSince(machine, since));
      await proveTraffic(machine);
      await machine.unplug(0);
    }
    expect(wakes.at(-1)).not.toContain("xstate.after");
  });

  test("when it was unplugged the machine waits, and takes it again", async () => {
    const machine = bed.machine();
    await atState(machine, "restart");
    await machine.plug(0);
    await untilOnline(machine);
    await proveTraffic(machine);
  });
});

/** What led the boot from `restart` to a new round. */
async function firstWakeSince({ sh }: Machine, since: string): Promise<string> {
  const journal = await sh(`journalctl --no-pager --output cat --unit zos-boot --since @${since}`);
  return journal.split("\n").find((line) => /\bboot\b.*\brecover\b/.test(line)) ?? "no new round";
}
