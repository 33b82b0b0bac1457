import type { LeaseClient, DhcpChoice } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import {
  clientCommand,
  clientFiles,
  findDhcpProgram,
  isClientOf,
  lastEvent,
  prepareEvents,
  releaseSignalFor,
  watchedEvents,
} from "../src/os/dhcp-client.ts";
import { remove } from "../src/os/files.ts";
import { monitorFiles, waitFor } from "../src/os/monitor.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { endProcesses } from "../src/os/processes.ts";
import { start } from "../src/os/run.ts";
import { leaseOf } from "../src/policy/lease.ts";
import { probeNamespace } from "../src/policy/names.ts";

/**
 * Gets a DHCPv4 lease in a NIC's probe namespace. The client stays there with its lease until the NIC is released,
 * or another lease is asked for.
 *
 * @throws BootError `command-failed` when the client ends by itself, `bad-output` for a lease without a usable address,
 * `tool-missing` without a DHCP client
 */
export function requestLease(live: Readonly<{ dhcpClient: DhcpChoice }>): Effects["requestLease"] {
  return ({ nic, ...who }, { signal }) =>
    exclusively(locks.nicFamily(nic, "v4"), signal, async () => {
      const namespace = probeNamespace(nic);
      if ((await lastEvent(namespace)) !== null) await endEarlierClient(nic);
      const [program] = await Promise.all([
        findDhcpProgram(live.dhcpClient),
        remove(...clientFiles(nic)), // An address of an earlier network would be asked for first.
      ]);
      prepareEvents(namespace);
      return runUntilLease({ program, service: namespace, iface: nic, namespace, ...who }, signal);
    });
}

/** One that has a lease gives it back. */
async function endEarlierClient(nic: string): Promise<void> {
  await endProcesses(
    probeNamespace(nic),
    ({ title }) => isClientOf(nic, title),
    ({ title }) => releaseSignalFor(title),
  );
}

async function runUntilLease(client: LeaseClient, signal: AbortSignal) {
  const events = monitorFiles([watchedEvents(client.service)]);
  const daemon = await start(clientCommand(client, { isProbe: true }));
  let lastWords: string | null = null;
  void daemon.exited.then(({ stderr }) => {
    lastWords = stderr.split("\n").at(-1) ?? "";
    events.nudge();
  });
  try {
    return await waitFor(events, signal, async () => {
      const event = await lastEvent(client.service);
      const lease = event && leaseOf(event);
      if (lastWords !== null)
        throw new BootError("command-failed", `${client.program} on ${client.iface} ended: ${lastWords}`);
      return lease && { lease, heardAtMs: performance.now() };
    });
  } catch (error) {
    await daemon.end("SIGKILL");
    throw error;
  } finally {
    await events.end();
  }
}
