import type { NodeFacts } from "../src/contract.ts";
import type { Supervisor } from "../src/ports.ts";
import { whyIdle } from "../src/policy/lease-clients.ts";
import { names } from "../src/policy/names.ts";

/**
 * The DHCP clients that their supervisor does not run. Costs a connection, no command. Of a supervisor that does not answer
 * nothing is told: its clients may well go on.
 */
export async function readIdleClients(supervisor: Supervisor): Promise<NodeFacts["idleClients"]> {
  const read = async (service: string) => {
    const state = await supervisor.state(service).catch(() => null);
    const why = state && whyIdle(service, state, supervisor.kind);
    return why === null ? [] : [{ service, why }];
  };
  return (await Promise.all([names.uplinkClient, names.ndmzClient].map(read))).flat();
}
