import type { NodeFacts } from "../src/contract.ts";
import { lastEvent } from "../src/os/dhcp-client.ts";
import type { Supervisor } from "../src/ports.ts";
import { whyIdle } from "../src/policy/lease-clients.ts";
import { whyUseless } from "../src/policy/lease.ts";
import { names } from "../src/policy/names.ts";

/**
 * The DHCP clients that their supervisor does not run, or that are content with a lease that is of no use. Costs a connection, no
 * command. Of a supervisor that does not answer nothing is told: its clients may well go on.
 */
export async function readIdleClients(supervisor: Supervisor): Promise<NodeFacts["idleClients"]> {
  const read = async (service: string) => {
    const [state, event] = await Promise.all([
      supervisor.state(service).catch(() => null),
      lastEvent(service).catch(() => null),
    ]);
    const idle = state && whyIdle(service, state, supervisor.kind);
    if (idle !== null) return [{ service, why: idle }];
    const useless = event && whyUseless(event);
    return useless === null ? [] : [{ service, why: useless, isContent: true as const }];
  };
  return (await Promise.all([names.uplinkClient, names.ndmzClient].map(read))).flat();
}
