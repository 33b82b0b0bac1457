import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readIdleClients } from "../../effects/read-idle-clients.ts";
import { restartLeaseClient } from "../../effects/restart-lease-client.ts";
import type { LeaseClient } from "../../src/contract.ts";
import { endClients } from "../../src/os/lease-clients.ts";
import { remove } from "../../src/os/files.ts";
import { run } from "../../src/os/run.ts";
import { names } from "../../src/policy/names.ts";
import type { OwnedSupervisor } from "../../src/supervisor/embedded.ts";
import { clientsFor, isAsking } from "./clients.ts";
import { subjects } from "./subjects.ts";

const iface = "zos";
const client: LeaseClient = {
  program: "dhcpcd",
  service: names.uplinkClient,
  iface,
  namespace: null,
  clientId: "ff:00:00:00:01:00:03:00:01:02:00:00:00:01:00",
  hostname: "node",
};
const control = { signal: new AbortController().signal };
const inTime = { timeout: 20_000, interval: 20 };

describe.each(subjects)("under $kind", ({ whyNot, kind, open, close, stopByHand, forgetByHand }) => {
  if (whyNot !== null) {
    test.skip(`nothing is tried here: ${whyNot}`);
    return;
  }
  let supervisor: OwnedSupervisor;
  const idleNow = async () => (await readIdleClients(supervisor)).filter(({ service }) => service === client.service);
  const restart = () => restartLeaseClient(supervisor, { dhcpClient: "dhcpcd" })(client, control);
  const isRun = async () => {
    await expect.poll(() => clientsFor(iface), inTime).toHaveLength(1);
    await expect.poll(idleNow, inTime).toEqual([]);
  };

  beforeEach(async () => {
    await run(["ip", "link", "add", iface, "up", "type", "veth", "peer", "name", "port"]);
    await run(["ip", "link", "set", "port", "up"]);
    supervisor = await open();
    await supervisor.ensure(client);
    await expect.poll(() => isAsking(iface), inTime).toBe(true);
  });

  afterEach(async () => {
    await supervisor.remove(client);
    await close(supervisor);
    await endClients(client);
    await run(["ip", "link", "del", iface]);
    await remove(names.runDir);
  });

  test("a client that runs is ended and started anew", async () => {
    await isRun();
    const before = await clientsFor(iface);
    await restart();
    await expect.poll(() => clientsFor(iface), inTime).not.toEqual(before);
    await isRun();
  });

  test("a client that somebody stopped is missed, and run again", { skip: stopByHand === null }, async () => {
    await stopByHand?.(client.service);
    await expect
      .poll(idleNow, inTime)
      .toMatchObject([{ why: expect.stringMatching(/^dhcp-zos is not run by zinit \(/) as string }]);
    await restart();
    await isRun();
  });

  test("a client that somebody removed is missed, and run again", { skip: forgetByHand === null }, async () => {
    await stopByHand?.(client.service);
    await expect.poll(() => clientsFor(iface), inTime).toEqual([]);
    await expect
      .poll(async () => forgetByHand?.(client.service).then(() => idleNow()), inTime)
      .toMatchObject([{ why: "dhcp-zos is not run by zinit (not known)" }]);
    await restart();
    await isRun();
  });

  test("a client that could not be spawned once is missed, and run again", { skip: kind === "embedded" }, async () => {
    const { stdout } = await run(["sh", "-c", "command -v dhcpcd"]);
    await run(["mount", "--bind", "/dev/null", stdout.trim()]);
    try {
      for (const pid of await clientsFor(iface)) process.kill(pid, "SIGKILL");
      await expect.poll(idleNow, inTime).toMatchObject([{ why: expect.stringMatching(/\(([Ff]ail)/) as string }]);
    } finally {
      await run(["umount", stdout.trim()]);
    }
    await restart();
    await isRun();
  });

  test("nothing is told of a supervisor that does not answer", { skip: kind === "embedded" }, async () => {
    await supervisor.remove(client);
    await close(supervisor);
    expect(await readIdleClients(supervisor)).toEqual([]);
    supervisor = await open();
  });
});
