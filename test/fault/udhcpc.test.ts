import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { acknowledgements } from "../../src/lab/proving/supervision.ts";
import { isInstalled } from "../../src/os/tools.ts";
import { run } from "../../src/os/run.ts";
import type { Status } from "../../src/program/status-file.ts";
import { isOnline, outputOf, startUp, until, withFarm } from "./boot.ts";

const homeDual = layoutNamed("home-dual");
const isMissing = !(await isInstalled("udhcpc"));
const why = isMissing ? " (skipped: udhcpc is not installed)" : "";
const settings = ["dhcpClient: udhcpc"];
const clientsOf = (link: string) => `^udhcpc .* ${link} `;

test.skipIf(isMissing)(`a udhcpc that is killed comes back, and zos never loses its address${why}`, () =>
  withFarm(
    homeDual,
    async ({ node }) => {
      await startUp(node);
      await until(node, isOnline);
      const address = await outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos");
      const first = await outputOf(node, "pgrep", "-f", clientsOf("zos"));
      await outputOf(node, "pkill", "-KILL", "-f", clientsOf("zos"));
      const clients = () => outputOf(node, "sh", "-c", `pgrep -f '${clientsOf("[z]os")}' || true`);
      await expect.poll(clients, { timeout: 10_000 }).toMatch(/^\d+\n$/);
      expect(await clients()).not.toBe(first);
      expect(await outputOf(node, "ip", "-4", "-br", "addr", "show", "dev", "zos")).toBe(address);
    },
    settings,
  ),
);

test.skipIf(isMissing)(`a udhcpc does not keep the lease of an uplink that was pulled${why}`, () =>
  withFarm(
    { ...homeDual, nics: ["eth0", "eth1"].map((name) => ({ name, segment: "home", hasCarrier: true })) },
    async ({ node }) => {
      await startUp(node);
      const before = await until(node, (status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1);
      const [pulled, other] = before.uplink?.nic === "eth0" ? ["eth0", "eth1"] : ["eth1", "eth0"];
      await run(inNamespace("switch-home", ["ip", "link", "set", pulled === "eth0" ? "port0" : "port1", "down"]));
      const isMended = ({ uplink, ndmz }: typeof before) => uplink?.nic === other && ndmz?.npub4.ipv4.length === 1;
      const after = await until(node, (status) => isOnline(status) && isMended(status));
      expect(after.ndmz?.npub4.ipv4).toEqual(before.ndmz?.npub4.ipv4);
      // A client that is started anew is none for a moment.
      const clients = () => outputOf(node, "sh", "-c", `pgrep -f '${clientsOf("npub4")}' || true`);
      await expect.poll(clients, { timeout: 10_000 }).toMatch(/^\d+\n$/);
    },
    settings,
  ),
);

test.skipIf(isMissing)(`a udhcpc whose npub4 was deleted gets a lease on the new one${why}`, () =>
  withFarm(
    homeDual,
    async ({ node }) => {
      const buildsOf = ({ states }: Status) => states.filter(({ state }) => state === "ndmz").length;
      const hasNpub4 = (status: Status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1;
      await startUp(node);
      const before = await until(node, hasNpub4);
      await outputOf(node, "ip", "-n", "ndmz", "link", "del", "npub4");
      const after = await until(node, (status) => hasNpub4(status) && buildsOf(status) > buildsOf(before));
      expect(after.ndmz?.npub4.ipv4).toEqual(before.ndmz?.npub4.ipv4);
    },
    settings,
  ),
);

test.skipIf(isMissing)(
  `a udhcpc goes on renewing after its program was killed, though nobody reads what it says${why}`,
  () =>
    withFarm(
      homeDual,
      async (farm) => {
        const { node } = farm;
        const up = await startUp(node);
        const { zos } = await until(node, (status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1);
        const address = zos?.ipv4[0]?.split("/")[0] ?? "";
        await up.signal("SIGKILL");
        await up.exited;
        const client = await outputOf(node, "pgrep", "-f", clientsOf("zos"));
        for (const renewal of [1, 2]) {
          const before = await acknowledgements(farm, address);
          await outputOf(node, "kill", "-USR1", client.trim()); // Renews at once; by itself it would in a minute.
          const renewed = expect.poll(() => acknowledgements(farm, address), {
            timeout: 10_000,
            message: `renewal ${renewal}`,
          });
          await renewed.toBeGreaterThan(before);
        }
        expect(await outputOf(node, "pgrep", "-f", clientsOf("zos"))).toBe(client);
        await outputOf(node, "nc", "-z", "-w", "3", "198.51.100.10", "80");
      },
      settings,
    ),
);
