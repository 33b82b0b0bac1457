import { BootError } from "../src/errors.ts";
import { withDeadline } from "../src/os/deadline.ts";
import { ip, ipBatch, type Place, readAddresses, readNamespaces } from "../src/os/ip.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import { endProcesses } from "../src/os/processes.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { setSysctlsIn } from "../src/os/sysctl.ts";
import { tryFromOutside } from "../src/os/vantage-client.ts";
import type { AddressFacts } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { isGlobalIpv6 } from "../src/policy/addresses.ts";
import { names } from "../src/policy/names.ts";
import { autoconfigured } from "../src/policy/sysctls.ts";
import { reachabilityOf, withoutGlobal } from "../src/policy/vantage.ts";

/** A router advertises at once when it is solicited; three solicitations are 4 s apart (RFC 4861 section 10). */
const addressMs = 12_000;

/**
 * Finds out whether the Internet reaches what stands on a bridge with an address of its own, as a 0-db does: a namespace gets
 * such an address, listens, and asks a vantage to connect to it. Whatever comes of it, all is taken away again.
 *
 * @throws BootError `timeout` when no address comes, `link-gone` without the bridge, and as tryFromOutside
 */
export const askVantage: Effects["askVantage"] = ({ vantage, bridge, mac }, { signal }) =>
  exclusively(locks.trial, signal, async () => {
    await dissolve();
    try {
      const inside = { namespace: names.trial, signal };
      const { ipv6, gateways6 } = await build(inside, { bridge, mac });
      const at = new Date().toISOString();
      const address = ipv6.find(isGlobalIpv6)?.split("/")[0];
      if (address === undefined) return { ...withoutGlobal(ipv6), address: null, vantage: null, at };
      const trials = await tryFromOutside(inside, vantage);
      return { ...reachabilityOf({ address, gateways: gateways6, ...trials }), address, vantage, at };
    } finally {
      await dissolve();
    }
  });

/** Takes away what a trial that was interrupted has left. Tells whether there was anything. */
export function endTrial(signal: AbortSignal): Promise<boolean> {
  return exclusively(locks.trial, signal, dissolve);
}

type Inside = Place & { namespace: string };

async function build(inside: Inside, { bridge, mac }: { bridge: string; mac: string }): Promise<AddressFacts> {
  const { namespace, signal } = inside;
  const link = names.trial;
  await ipBatch({ namespace: null, signal }, [
    `netns add ${namespace}`,
    `link add link ${bridge} name ${link} address ${mac} netns ${namespace} type macvlan mode bridge`,
  ]);
  await setSysctlsIn(namespace, Object.entries(autoconfigured(link)), signal);
  await ipBatch(inside, ["link set dev lo up", `link set dev ${link} up`]);
  const isEnough = ({ ipv6, gateways6 }: AddressFacts) => gateways6.length > 0 && ipv6.some(isGlobalIpv6);
  try {
    const { facts } = await withDeadline(addressMs, signal, (inTime) =>
      awaitAutoconfiguration({ ...inside, signal: inTime }, link, { isEnough, isUrgent: true }),
    );
    return facts;
  } catch (error) {
    if (signal.aborted || !(error instanceof BootError && error.code === "aborted")) throw error;
  }
  const facts = await readAddresses(inside, link);
  if (facts.gateways6.length > 0 && facts.ipv6.length > 0) return facts;
  throw new BootError("timeout", `no router gave an address to another MAC address on ${bridge}, ${mac}`);
}

/** Its macvlan would hold the bridge some time longer when it went with its namespace. */
async function dissolve(): Promise<boolean> {
  checkHeld(locks.trial);
  if (!(await readNamespaces()).includes(names.trial)) return false;
  const { signal } = new AbortController();
  await endProcesses(names.trial, () => true, "SIGKILL");
  await ip({ namespace: names.trial, signal }, "link", "del", "dev", names.trial).catch((error: unknown) => {
    if (!(error instanceof BootError && error.code === "link-gone")) throw error;
  });
  await ip({ namespace: null, signal }, "netns", "del", names.trial);
  return true;
}
