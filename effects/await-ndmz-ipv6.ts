import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { ipBatch, type Place } from "../src/os/ip.ts";
import { beginNdmzIpv6Anew } from "../src/os/ipv6-anew.ts";
import { readPlace } from "../src/os/place-reading.ts";
import { askRouters, awaitAutoconfiguration } from "../src/os/solicit.ts";
import { hasKernelIpv6 } from "../src/os/sysctl.ts";
import { deadRouters, hasIpv6 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";
import { isCrowd, leaveRouters } from "../src/policy/sourced-routes.ts";

/**
 * Waits until npub6 has an IPv6 address outside the link and a default route by a router that is not known to be silent while
 * there is another one. Routers are solicited there, and on zos where that is wanted: a router may answer those alone who ask.
 *
 * @throws BootError `aborted`, `unsupported` when the kernel has no IPv6, `namespace-gone`
 */
export const awaitNdmzIpv6: Effects["awaitNdmzIpv6"] = async ({ isUrgent, isZosToo }, { signal }) => {
  if (!(await hasKernelIpv6())) throw new BootError("unsupported", "the kernel has no IPv6, without which ndmz waits");
  const place = { namespace: names.ndmz, signal };
  const ended = new AbortController();
  const inTime = AbortSignal.any([signal, ended.signal]);
  const asked = isZosToo ? askRouters({ namespace: null, signal: inTime }, names.bridge, isUrgent) : null;
  try {
    await leaveDeadRouters(place);
    return (await awaitAutoconfiguration(place, names.npub6, { isEnough: hasIpv6, isUrgent })).facts;
  } finally {
    ended.abort();
    await asked;
  }
};

/**
 * Takes away the default routes by them, and what is theirs; an advertisement brings that back, as when they live again. Where there
 * are more routers than anybody has, IPv6 begins anew instead.
 */
async function leaveDeadRouters(ndmz: Place): Promise<void> {
  const link = names.npub6;
  const { addressesOf, allAddressesOf, isSilent, sourcedRoutesOf } = await readPlace(ndmz);
  const routers = addressesOf(link).gateways6;
  const isAnySilent = routers.some((router) => isSilent(router, link));
  if (isAnySilent && isCrowd(routers)) return beginNdmzIpv6Anew(ndmz.signal);
  const dead = deadRouters(routers, (router) => isSilent(router, link));
  const lines = leaveRouters(dead, { link, routes: sourcedRoutesOf(link), addresses: allAddressesOf(link) });
  await ipBatch(ndmz, lines, "v6");
}
