import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { hasKernelIpv6 } from "../src/os/sysctl.ts";
import { hasIpv6 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";

/**
 * Waits until npub6 has an IPv6 address outside the link and a default route.
 *
 * @throws BootError `aborted`, `unsupported` when the kernel has no IPv6
 */
export const awaitNdmzIpv6: Effects["awaitNdmzIpv6"] = async (_, { signal }) => {
  if (!(await hasKernelIpv6())) throw new BootError("unsupported", "the kernel has no IPv6, without which ndmz waits");
  const place = { namespace: names.ndmz, signal };
  return (await awaitAutoconfiguration(place, names.npub6, hasIpv6)).facts;
};
