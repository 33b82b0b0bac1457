import type { Effects } from "../src/ports.ts";
import { endClients } from "../src/os/lease-clients.ts";

/** Ends the DHCP client of a service, whose supervisor starts it anew; the address stays on the interface. */
export const restartLeaseClient: Effects["restartLeaseClient"] = async ({ service, iface, namespace }) => {
  await endClients({ iface, namespace });
  return { service };
};
