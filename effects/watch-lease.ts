import { keptClient, lastEvent, watchedEvents } from "../src/os/dhcp-client.ts";
import { follow, monitorFiles } from "../src/os/monitor.ts";
import { leaseOf } from "../src/policy/lease.ts";
import type { Watches } from "../src/ports.ts";

/**
 * Emits the address of a DHCP client's lease, and whether the client looks by itself whether it is somebody's: at once, and
 * when it is another one. Costs no command.
 *
 * @throws BootError `bad-output` when the client tells what nobody understands
 */
export const watchLease: Watches["watchLease"] = ({ service }, control) =>
  follow(
    monitorFiles([watchedEvents(service)]),
    async () => {
      const [event, client] = await Promise.all([lastEvent(service), keptClient(service)]);
      return { address: (event && leaseOf(event))?.address ?? null, isChecking: client?.checksAddress === true };
    },
    control,
  );
