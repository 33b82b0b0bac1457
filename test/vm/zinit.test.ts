import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { useBed } from "./bed.ts";
import { proveTraffic, untilOnline, untilOnlineAnew } from "./node.ts";

const directory = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "zos-boot/zinit-0.3.9");
const binary = join(directory, "bin/zinit-server");
const guestZinit = "/usr/local/sbin/zinit-server";

const unit = `[Service]
ExecStart=${guestZinit} --socket /run/zinit.sock --config-dir /etc/zinit/services
KillMode=process
`;
/** What images of zos have, and ours does by systemd. */
const udevTrigger = '[service]\nname = "udev-trigger"\nexec = "/usr/bin/true"\noneshot = true\n';

function whyNot(): string | null {
  if (existsSync(binary)) return null;
  const reason = join(directory, "why-not");
  return existsSync(reason) ? readFileSync(reason, "utf8").trim() : "scripts/install-zinit.sh was not run";
}

describe("a machine whose services zinit 0.3 keeps", () => {
  const missing = whyNot();
  if (missing !== null) {
    test("comes online by zinit 0.3", ({ skip }) => skip(missing));
    return;
  }
  const bed = useBed([homeDual], {
    isEnabled: false,
    nics: [{ segment: "home", model: "virtio-net-pci" }],
    files: {
      "/etc/systemd/system/zinit.service": unit,
      "/etc/zinit/services/udev-trigger.toml": udevTrigger,
    },
    programs: { [guestZinit]: binary },
  });

  test("comes online by zinit 0.3, which keeps its DHCP clients too", async () => {
    const machine = bed.machine();
    await machine.run(["zos-boot", "install", "zinit", "--generation", "0.3"]);
    await machine.run(["systemctl", "start", "zinit"]);
    const status = await untilOnline(machine);
    expect(status.supervisor).toBe("zinit-3");
    await proveTraffic(machine);
  });

  test("killed, it is started again by zinit 0.3 and goes on", async () => {
    const machine = bed.machine();
    const before = await untilOnline(machine);
    await machine.run(["kill", "-KILL", String(before.pid)]);
    await proveTraffic(machine);
    await untilOnlineAnew(machine, before);
    await proveTraffic(machine);
  });
});
