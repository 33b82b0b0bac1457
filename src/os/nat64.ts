import { setTimeout as delay } from "node:timers/promises";
import { nat64PrefixIn } from "../policy/nat64.ts";
import { type Place, readLink } from "./ip.ts";
import { followUserOptions } from "./router-dns.ts";
import { throwSerious } from "./serious.ts";
import { solicitSoon } from "./solicit.ts";

/** The same advertisement reaches kernel and rdisc6 within a few ms. */
const graceMs = 50;

/**
 * The prefix of the NAT64 that routers on a link advertise (PREF64, RFC 8781), which rdisc6(8) does not print: the kernel
 * passes it on (since Linux 5.7). Routers are solicited; null when none of their first answers names one.
 *
 * @throws BootError `aborted`, `tool-missing`
 */
export async function advertisedNat64(place: Place, link: string): Promise<string | null> {
  const ifindex = (await readLink(place, link))?.ifindex;
  let tell: (prefix: string | null) => void = () => undefined;
  const told = new Promise<string | null>((resolve) => (tell = resolve));
  const following = await followUserOptions(place.namespace, {
    onOptions: (options) => {
      const found = options.flatMap((each) => (each.ifindex === ifindex ? (nat64PrefixIn(each.option) ?? []) : []));
      if (found[0] !== undefined) tell(found[0]);
    },
    onEnd: () => tell(null),
  });
  try {
    await following.begun;
    await solicitSoon(place, link).catch(throwSerious);
    return await Promise.race([told, delay(graceMs, null, { ref: false })]);
  } finally {
    await following.end();
  }
}
