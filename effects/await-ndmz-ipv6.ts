import type { Effects } from "../src/contract.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { hasIpv6 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";

/**
 * Waits until npub6 has an IPv6 address outside the link and a default route.
 *
 * @throws BootError `aborted`
 */
export const awaitNdmzIpv6: Effects["awaitNdmzIpv6"] = async (_, { signal }) => {
  const place = { namespace: names.ndmz, signal };
  return (await awaitAutoconfiguration(place, names.npub6, hasIpv6)).facts;
};
