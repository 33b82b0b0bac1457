import { isHostIpv4 } from "../policy/addresses.ts";
import { askedRules, askingRules } from "../policy/address-question.ts";
import { BootError } from "../errors.ts";
import { commandIn, type Place } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";
import { type Neighbour, readNeighbourEntry } from "./neighbour.ts";
import { runInTurn, tiedToShell } from "./run.ts";

/** Hosts on a link answer ARP within a few ms; one that sleeps (Wi-Fi) may be missed, but no boot waits the seconds of RFC 5227. */
const patienceMs = 50;

const ask = `${tiedToShell} nft -f - && exec ip neigh replace "$1" dev "$2" use`;
/** What stays known would be asked for again. */
const forget = `${tiedToShell} ip neigh del "$1" dev "$2" 2>/dev/null; exec nft -f -`;

/**
 * The MAC address of the host that has an address on a link, though the link itself may have it too: address conflict detection
 * by ARP probes of the kernel (RFC 5227 section 2.1). Null after 50 ms without an answer.
 *
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`; kernels before 5.16 and those without netdev tables refuse
 */
export async function ownerOf(place: Place, asked: Neighbour): Promise<string | null> {
  const { link, address } = asked;
  if (!isHostIpv4(address)) throw new BootError("bad-input", `${JSON.stringify(address)} is no host's IPv4 address`);
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["neigh"] }]);
  try {
    await inside(place, asked, { script: ask, rules: askingRules(link, address) });
    const late = AbortSignal.timeout(patienceMs);
    const owner = await waitFor(monitor, AbortSignal.any([place.signal, late]), async () => {
      const found = await readNeighbourEntry(place, asked);
      return found?.state?.[0] === "REACHABLE" ? (found.lladdr ?? null) : null;
    }).catch((error: unknown) => {
      if (place.signal.aborted || !late.aborted) throw error;
      return null;
    });
    await inside(place, asked, { script: forget, rules: askedRules });
    return owner;
  } finally {
    await monitor.end();
  }
}

/** A script of nft(8), which reads the rules, and ip(8), whose arguments are address and link. */
interface Script {
  script: string;
  rules: string;
}

async function inside(
  { namespace, signal }: Place,
  { link, address }: Neighbour,
  { script, rules }: Script,
): Promise<void> {
  await runInTurn(commandIn(namespace, "sh", "-c", script, "sh", address, link), { input: rules, signal });
}
