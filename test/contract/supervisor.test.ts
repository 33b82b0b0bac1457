import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endClients } from "../../src/os/lease-clients.ts";
import type { LeaseClient } from "../../src/contract.ts";
import { clientCommand, eventDirectory, prepareEvents } from "../../src/os/dhcp-client.ts";
import { exists, remove } from "../../src/os/files.ts";
import { run, start } from "../../src/os/run.ts";
import { names } from "../../src/policy/names.ts";
import type { OwnedSupervisor } from "../../src/supervisor/embedded.ts";
import { clientsFor, isAsking, mostClientsWhile } from "./clients.ts";
import { subjects } from "./subjects.ts";

const iface = "zos";
const client: LeaseClient = {
  program: "dhcpcd",
  service: names.uplinkClient,
  iface,
  namespace: null,
  clientId: "ff:00:00:00:01:00:03:00:01:02:00:00:00:01:00",
  hostname: "it's a node",
};
const inTime = { timeout: 20_000, interval: 20 };

const addLink = async () => {
  await run(["ip", "link", "add", iface, "up", "type", "veth", "peer", "name", "port"]);
  await run(["ip", "link", "set", "port", "up"]);
};
const soleClient = async () => {
  await expect.poll(() => clientsFor(iface), inTime).toHaveLength(1);
  return (await clientsFor(iface))[0] ?? 0;
};
const untilAsking = () => expect.poll(() => isAsking(iface), inTime).toBe(true);

describe.each(subjects)("the supervisor $kind", (subject) => {
  const { kind, whyNot, open, restart, crash, close, plantForeign, stopByHand } = subject;
  if (whyNot !== null) {
    test.skip(`is not tried here: ${whyNot}`);
    return;
  }
  let supervisor: OwnedSupervisor;
  const stateNow = async () => (await supervisor.state(client.service)).state;

  beforeEach(async () => {
    await addLink();
    supervisor = await open();
  });

  afterEach(async () => {
    await supervisor.remove(client);
    await close(supervisor);
    await endClients(client);
    await run(["sh", "-c", `ip link del ${iface} || true`]);
    await remove(names.runDir);
  });

  test("is found by what runs on the node", () => {
    expect(supervisor.kind).toBe(kind);
  });

  test("starts one client, and says that it runs", async () => {
    expect(await stateNow()).toBe("absent");
    await supervisor.ensure(client);
    await soleClient();
    await expect.poll(stateNow, inTime).toBe("running");
  });

  test("changes nothing when the service is as defined", async () => {
    await supervisor.ensure(client);
    const pid = await soleClient();
    await expect.poll(stateNow, inTime).toBe("running");
    await supervisor.ensure(client);
    expect(await clientsFor(iface)).toEqual([pid]);
  });

  test("starts a client again that was killed", async () => {
    await supervisor.ensure(client);
    const pid = await soleClient();
    process.kill(pid, "SIGKILL");
    await expect.poll(() => clientsFor(iface), inTime).not.toContain(pid);
    expect(await soleClient()).not.toBe(pid);
    await expect.poll(stateNow, inTime).toBe("running");
  });

  test("sends the client a signal", async () => {
    await supervisor.ensure(client);
    const pid = await soleClient();
    await untilAsking();
    await expect.poll(stateNow, inTime).toBe("running");
    await supervisor.signal(client.service, "SIGUSR1");
    await supervisor.signal(client.service, "SIGKILL");
    await expect.poll(() => clientsFor(iface), inTime).not.toContain(pid);
    await soleClient();
  });

  test("replaces a client whose definition changed, without a moment in which two run", async () => {
    await supervisor.ensure(client);
    const pid = await soleClient();
    await untilAsking();
    const most = await mostClientsWhile(iface, async () => {
      await supervisor.ensure({ ...client, hostname: "other" });
      await expect.poll(() => clientsFor(iface), inTime).not.toContain(pid);
      await soleClient();
    });
    expect(most).toBe(1);
    expect(await stateNow()).toBe("running");
  });

  test("ends a client that nobody cares for before it starts its own", async () => {
    prepareEvents("stray");
    const stray = await start(clientCommand({ ...client, service: "stray" }));
    await untilAsking();
    await supervisor.ensure(client);
    await stray.exited;
    await soleClient();
  });

  test("removes the service with its processes, once and again", async () => {
    await supervisor.ensure(client);
    await soleClient();
    await supervisor.remove(client);
    expect(await clientsFor(iface)).toEqual([]);
    expect(await stateNow()).toBe("absent");
    await supervisor.remove(client);
    await supervisor.ensure(client);
    await soleClient();
  });

  test("keeps trying a client that exits at once, and says so", async () => {
    await run(["ip", "link", "del", iface]);
    await supervisor.ensure(client);
    await expect.poll(stateNow, inTime).toMatch(/^(ended|failed)$/);
    await addLink();
    await soleClient();
    await expect.poll(stateNow, inTime).toBe("running");
  });

  test("has its services still after it was started anew", async () => {
    await supervisor.ensure(client);
    await soleClient();
    await untilAsking();
    supervisor = await restart(supervisor);
    await supervisor.ensure(client);
    await expect.poll(stateNow, inTime).toBe("running");
    await untilAsking(); // Until then a client forks its helpers.
    const pid = await soleClient();
    await supervisor.ensure(client);
    await expect.poll(stateNow, inTime).toBe("running");
    expect(await clientsFor(iface)).toEqual([pid]);
  });

  test("takes over from one that was killed, whose client goes on and keeps its own from starting", async () => {
    await supervisor.ensure(client);
    const orphan = await soleClient();
    await untilAsking();
    supervisor = await crash(supervisor);
    await supervisor.ensure(client);
    if (kind !== "embedded") await expect.poll(() => clientsFor(iface), inTime).not.toContain(orphan);
    await untilAsking();
    const pid = await soleClient();
    await delay(3_000); // Longer than any of them waits before it starts an ended client again.
    expect(await clientsFor(iface)).toEqual([pid]);
    await expect.poll(stateNow, inTime).toBe("running");
  });

  test("gives a client that was there before the program a place to tell its events", async () => {
    await supervisor.ensure(client);
    await soleClient();
    await expect.poll(stateNow, inTime).toBe("running");
    await remove(names.runDir);
    supervisor = await restart(supervisor);
    await supervisor.ensure(client);
    await expect.poll(() => exists(eventDirectory(client.service)), inTime).toBe(true);
    await soleClient();
  });

  test("goes on with a service that an operator stopped", { skip: stopByHand === null }, async () => {
    await supervisor.ensure(client);
    const pid = await soleClient();
    await untilAsking();
    await stopByHand?.(client.service);
    await expect.poll(() => clientsFor(iface), inTime).not.toContain(pid);
    await supervisor.ensure(client);
    await soleClient();
    await expect.poll(stateNow, inTime).toBe("running");
  });

  test("tells within seconds of a service that was stopped", { skip: stopByHand === null }, async () => {
    await supervisor.ensure(client);
    await untilAsking();
    await expect.poll(stateNow, inTime).toBe("running");
    let isTold = false;
    const unwatch = supervisor.watch([client.service], () => (isTold = true));
    await delay(500);
    await stopByHand?.(client.service);
    await expect.poll(() => isTold, { timeout: 8_000 }).toBe(true);
    unwatch();
  });

  test("leaves a service of this name alone that belongs to others", { skip: plantForeign === null }, async () => {
    expect(await supervisor.findForeign(client.service)).toBe(null);
    await plantForeign?.(client.service);
    expect(await supervisor.findForeign(client.service)).toContain("dhcp-zos");
    await expect.poll(stateNow, inTime).toBe("running");
    await expect(supervisor.ensure(client)).rejects.toMatchObject({
      code: "foreign",
      message: expect.stringContaining(client.service) as string,
    });
    await supervisor.remove(client);
    expect(await stateNow()).toBe("running");
  });
});
