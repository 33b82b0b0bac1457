import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";
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

/** What is waited for, and how eagerly. */
export interface Awaited {
  isEnough: (facts: AddressFacts) => boolean;
  /** Whether somebody waits for the answer: the first solicitations follow each other at once. */
  isUrgent: boolean;
}

/** MAX_RTR_SOLICITATIONS of RFC 4861 section 10, but closer together: a switch port forwards up to 1 s after its link came up. */
const urgent = { solicitations: 3, everyMs: 300 };
/** One, whose answer is listened for as long as MAX_RTR_SOLICITATION_INTERVAL of RFC 7559. */
const patient = { solicitations: 1, everyMs: 3_600_000 };
/** rdisc6 gives up at once while the link has no link-local address. */
const restartMs = 300;
/** rdisc6(8): nobody answered. */
const unanswered = 2;
/** The same advertisement reaches kernel and rdisc6 within a few ms. */
const dnsGraceMs = 50;

/**
 * Solicits routers on a link (rdisc6 of ndisc6) and listens until the kernel has made of their advertisements what is waited
 * for, whoever asked for them. After a few solicitations it is left to the caller and to the kernel to repeat them, ever less
 * often (RFC 7559).
 *
 * @throws BootError `aborted`
 */
export async function awaitAutoconfiguration(
  place: Place,
  link: string,
  { isEnough, isUrgent }: Awaited,
): Promise<Autoconfiguration> {
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["address", "route"] }]);
  const ended = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, ended.signal]) };
  const solicitation: { answer: Promise<string[]> | null } = { answer: null };
  const ask = () => {
    solicitation.answer ??= solicit(inTime, link, isUrgent).then(
      (dnsServers) => {
        monitor.nudge();
        return dnsServers;
      },
      () => {
        solicitation.answer = null;
        setTimeout(monitor.nudge, restartMs).unref();
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

/**
 * Solicits routers on a link without waiting for what the kernel makes of the answer: it solicits by itself only until it has
 * heard a router, and no more when that withdraws (RFC 4861 section 6.3.7).
 *
 * @returns when somebody has answered, or nobody can be asked
 */
export async function askRouters(place: Place, link: string, isUrgent: boolean): Promise<void> {
  await solicit(place, link, isUrgent).catch(() => undefined);
}

/** The DNS servers of the first advertisement. */
async function solicit(place: Place, link: string, isUrgent: boolean): Promise<string[]> {
  const soon = isUrgent ? await unlessUnanswered(rdisc6(place, link, urgent)) : null;
  return soon ?? (await rdisc6(place, link, patient));
}

/** Solicits routers a few times at once; resolves at the first advertisement, or when none came in time. */
export async function solicitSoon(place: Place, link: string): Promise<void> {
  await unlessUnanswered(rdisc6(place, link, urgent));
}

/** Solicits routers once; what rdisc6 prints of all that is advertised in so many milliseconds, nothing when that is none. */
export async function listenToRouters({ namespace, signal }: Place, link: string, ms: number): Promise<string> {
  const argv = commandIn(namespace, ...["rdisc6", "-m", "-r", "1", "-w", String(ms), link]);
  return (await unlessUnanswered(run(tied(argv), { signal, timeoutMs: 2 * ms })))?.stdout ?? "";
}

async function rdisc6(
  { namespace, signal }: Place,
  link: string,
  { solicitations, everyMs }: typeof urgent,
): Promise<string[]> {
  const argv = ["rdisc6", "-1", "-r", String(solicitations), "-w", String(everyMs), link];
  const { stdout } = await run(tied(commandIn(namespace, ...argv)), { signal, timeoutMs: 2 * solicitations * everyMs });
  return advertisedDnsServers(stdout, link);
}

async function unlessUnanswered<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (error instanceof BootError && (error.cause as { code?: unknown }).code === unanswered) return null;
    throw error;
  });
}
