import { names } from "../policy/names.ts";
import { autoconfigured, autoconfiguredAgain, ipv6Off } from "../policy/sysctls.ts";
import { exclusively, locks } from "./locks.ts";
import { throwSerious } from "./serious.ts";
import { solicitSoon } from "./solicit.ts";
import { setSysctls, setSysctlsIn } from "./sysctl.ts";

/** As a link is set up that gets its address by advertisements, whatever somebody else has set since. */
const fromTheBeginning = (link: string) => autoconfiguredAgain(link, autoconfigured(link));

/**
 * IPv6 of npub6 begins anew: all that routers ever told is forgotten, such as prefixes of a stranger who is no longer there, whose
 * lifetimes may be for ever (RFC 4862 section 5.5.3), and routers are solicited.
 *
 * @throws BootError `aborted`, `tool-missing`
 */
export async function beginNdmzIpv6Anew(signal: AbortSignal): Promise<void> {
  const sysctls = [ipv6Off(names.npub6), fromTheBeginning(names.npub6)].flatMap((each) => Object.entries(each));
  await setSysctlsIn(names.ndmz, sysctls, signal).catch(throwSerious);
  await solicitSoon({ namespace: names.ndmz, signal }, names.npub6).catch(throwSerious);
}

/**
 * The same for zos, whose other family goes on.
 *
 * @throws BootError `aborted`, `tool-missing`
 */
export async function beginNodeIpv6Anew(signal: AbortSignal): Promise<void> {
  await exclusively(locks.bridge(names.bridge), signal, async () => {
    await setSysctls(ipv6Off(names.bridge));
    await setSysctls(fromTheBeginning(names.bridge));
  }).catch(throwSerious);
  await solicitSoon({ namespace: null, signal }, names.bridge).catch(throwSerious);
}
