import { names } from "../policy/names.ts";
import { ipv6Off, ipv6On } from "../policy/sysctls.ts";
import { exclusively, locks } from "./locks.ts";
import { throwSerious } from "./serious.ts";
import { solicitSoon } from "./solicit.ts";
import { setSysctls, setSysctlsIn } from "./sysctl.ts";

/**
 * IPv6 of npub6 begins anew: all that routers ever told is forgotten, such as prefixes of a stranger who is no longer there, whose
 * lifetimes may be for ever (RFC 4862 section 5.5.3), and routers are solicited.
 *
 * @throws BootError `aborted`, `tool-missing`
 */
export async function beginNdmzIpv6Anew(signal: AbortSignal): Promise<void> {
  const [off, on] = [ipv6Off(names.npub6), ipv6On(names.npub6)].map((sysctls) => Object.entries(sysctls));
  await setSysctlsIn(names.ndmz, [...(off ?? []), ...(on ?? [])], signal).catch(throwSerious);
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
    await setSysctls(ipv6On(names.bridge));
  }).catch(throwSerious);
  await solicitSoon({ namespace: null, signal }, names.bridge).catch(throwSerious);
}
