import type { Effects } from "../src/ports.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { isRoutableIpv6 } from "../src/policy/addresses.ts";
import { hasKernelIpv6, setSysctlsIn } from "../src/os/sysctl.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { probed } from "../src/policy/sysctls.ts";

/**
 * Lets IPv6 begin anew in a NIC's probe namespace, as a probe needs it, and solicits routers until the kernel has a default
 * route, or an address without one. DHCPv4 goes on meanwhile. A kernel without IPv6 hears nothing, and is not waited for.
 */
export const solicitRouter: Effects["solicitRouter"] = ({ nic }, { signal }) =>
  exclusively(locks.nicFamily(nic, "v6"), signal, async () => {
    if (!(await hasKernelIpv6())) return { advert: null, heardAtMs: performance.now() };
    const place = { namespace: probeNamespace(nic), signal };
    await setSysctlsIn(place.namespace, probed(nic), signal);
    const { facts, dnsServers } = await awaitAutoconfiguration(place, nic, {
      isEnough: ({ ipv6 }) => ipv6.some(isRoutableIpv6),
      isUrgent: true,
    });
    const advert = { routers: facts.gateways6, addresses: facts.ipv6, dnsServers };
    return { advert, heardAtMs: performance.now() };
  });
