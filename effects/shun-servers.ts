import type { Effects } from "../src/ports.ts";
import { readOffering, shunOnly } from "../src/os/dhcp-guard.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { mayShun } from "../src/policy/dhcp-guard.ts";

/**
 * The DHCP clients behind a NIC no longer hear these servers, unless that would leave none that has offered a lease: then they
 * hear all again. The clients of `zos` and `npub4` are behind the NIC too, once it is used.
 *
 * @throws BootError `aborted`
 */
export const shunServers: Effects["shunServers"] = ({ nic, servers }, { signal }) =>
  exclusively(locks.nicFamily(nic, "v4"), signal, async () => {
    const shunned = mayShun(servers, await readOffering(nic, signal)) ? servers : [];
    await shunOnly(nic, shunned, signal);
    return { shunned };
  });
