import { once } from "node:events";
import { createConnection } from "node:net";
import { BootError } from "../errors.ts";
import { isHostIpv4, isRoutableIpv6 } from "../policy/addresses.ts";
import { parseTarget, type Target } from "../policy/target.ts";
import type { Family } from "../contract.ts";
import { commandIn, type Place } from "./ip.ts";
import { run } from "./run.ts";

const connectSeconds = 3;

/**
 * Opens a TCP connection to each target at each of its addresses, side by side.
 *
 * @param families the families to try; names are resolved with the resolv.conf that holds in the place
 * @returns the first target that accepted, or null when none did
 * @throws BootError `tool-missing`, `aborted`
 */
export async function firstReachable(
  place: Place,
  targets: readonly string[],
  families: readonly Family[],
): Promise<string | null> {
  const isOver = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, isOver.signal]) };
  const attempts = targets
    .map(parseTarget)
    .flatMap((target) => families.map((family) => reach(inTime, target, family)));
  try {
    return await Promise.any(attempts);
  } catch (error) {
    if (error instanceof AggregateError) throwSerious(error);
    return null;
  } finally {
    isOver.abort();
    await Promise.allSettled(attempts);
  }
}

/** That nobody answers is a finding; that it could not be asked is an error. */
function throwSerious({ errors }: { errors: unknown[] }): void {
  const serious = errors.find(
    (error) => error instanceof BootError && ["tool-missing", "aborted", "permission"].includes(error.code),
  );
  if (serious instanceof BootError) throw serious;
}

async function reach(place: Place, target: Target, family: Family): Promise<string> {
  const addresses = await resolve(place, target.host, family);
  await Promise.any(addresses.map((address) => connect(place, { address, port: target.port }))).catch(
    (error: unknown) => {
      if (error instanceof AggregateError) throwSerious(error);
      throw error;
    },
  );
  return target.text;
}

/** Of its own namespace the program needs no nc(1). */
async function connect({ namespace, signal }: Place, to: { address: string; port: number }): Promise<void> {
  if (namespace === null) return connectHere(to, signal);
  const nc = ["nc", "-z", "-w", String(connectSeconds), to.address, String(to.port)];
  await run(commandIn(namespace, ...nc), { signal, timeoutMs: (connectSeconds + 1) * 1_000 });
}

async function connectHere({ address, port }: { address: string; port: number }, signal: AbortSignal): Promise<void> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(connectSeconds * 1_000)]);
  const socket = createConnection({ host: address, port });
  try {
    await once(socket, "connect", { signal: inTime });
  } catch (error) {
    throw signal.aborted ? new BootError("aborted", `a connection to ${address} was not waited for`) : error;
  } finally {
    socket.destroy();
  }
}

/** The host's addresses in one family (getent(1)); an address stands for itself. */
async function resolve(place: Place, host: string, family: Family): Promise<string[]> {
  const isOfFamily = family === "v4" ? isHostIpv4 : isRoutableIpv6;
  if (isOfFamily(host)) return [host];
  const { stdout } = await run(commandIn(place.namespace, "getent", family === "v4" ? "ahostsv4" : "ahostsv6", host), {
    signal: place.signal,
  });
  const found = stdout.split("\n").map((line) => line.split(/\s/)[0] ?? "");
  return [...new Set(found.filter(isOfFamily))];
}
