import { setTimeout as delay } from "node:timers/promises";
import { advertisedDnsServers } from "../policy/lease.ts";
import { commandIn, readAddresses, type Place } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";
import { run, tied } from "./run.ts";
import type { AddressFacts } from "../contract.ts";

/** What the kernel made of router advertisements. */
export interface Autoconfiguration {
  facts: AddressFacts;
  /** DNS servers of the advertisement that answered the solicitation (RFC 8106). */
  dnsServers: string[];
}

const solicitations = 100;
const solicitEveryMs = 300;
/** The same advertisement reaches kernel and rdisc6 within a few ms. */
const dnsGraceMs = 50;

/**
 * Solicits routers on a link (rdisc6 of ndisc6) until the kernel has made of their advertisements what is waited for.
 * The kernel's own first solicitation may get lost, for a switch port forwards up to a second after its link came up;
 * its next would follow after 4 s. rdisc6 gives up at once while the link has no link-local address, and is started again
 * when the kernel tells of a change, or after a while.
 *
 * @throws BootError `aborted`
 */
export async function awaitAutoconfiguration(
  place: Place,
  link: string,
  isEnough: (facts: AddressFacts) => boolean,
): Promise<Autoconfiguration> {
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["address", "route"] }]);
  const ended = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, ended.signal]) };
  const solicitation: { answer: Promise<string[]> | null } = { answer: null };
  const ask = () => {
    solicitation.answer ??= solicit(inTime, link).then(
      (dnsServers) => {
        monitor.nudge();
        return dnsServers;
      },
      () => {
        solicitation.answer = null;
        setTimeout(monitor.nudge, solicitEveryMs).unref();
        return [];
      },
    );
  };
  try {
    const facts = await waitFor(monitor, place.signal, async () => {
      const found = await readAddresses(place, link);
      ask(); // Also when the kernel's own solicitation was answered: it tells nobody of DNS servers.
      return isEnough(found) ? found : null;
    });
    const tooLate = delay(dnsGraceMs, [], { ref: false });
    return { facts, dnsServers: await Promise.race([solicitation.answer ?? tooLate, tooLate]) };
  } finally {
    ended.abort();
    await Promise.all([monitor.end(), solicitation.answer]);
  }
}

async function solicit({ namespace, signal }: Place, link: string): Promise<string[]> {
  const rdisc6 = ["rdisc6", "-1", "-r", String(solicitations), "-w", String(solicitEveryMs), link];
  const { stdout } = await run(tied(commandIn(namespace, ...rdisc6)), {
    signal,
    timeoutMs: 2 * solicitations * solicitEveryMs,
  });
  return advertisedDnsServers(stdout, link);
}
