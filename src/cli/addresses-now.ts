import { readAddresses, readNamespaces } from "../os/ip.ts";
import { hasKernelIpv6 } from "../os/sysctl.ts";
import { names } from "../policy/names.ts";
import type { Standing } from "../policy/site.ts";

/** The addresses that the kernel has now, whatever a boot wrote down: it may have ended since, or be about to notice. */
export async function readAddressesNow(): Promise<Pick<Standing, "zos" | "ndmz" | "hasIpv6">> {
  const { signal } = new AbortController();
  const [zos, npub4, npub6, namespaces] = await Promise.all([
    readAddresses({ namespace: null, signal }, names.bridge),
    readAddresses({ namespace: names.ndmz, signal }, names.npub4),
    readAddresses({ namespace: names.ndmz, signal }, names.npub6),
    readNamespaces(),
  ]);
  return { zos, ndmz: namespaces.includes(names.ndmz) ? { npub4, npub6 } : null, hasIpv6: await hasKernelIpv6() };
}
