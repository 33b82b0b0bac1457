import type { ServiceState, SupervisorKind } from "../contract.ts";
import { messageOf } from "../errors.ts";
import type { Supervisor } from "../ports.ts";
import { stateFromOutside } from "./outside.ts";
import { ownServices } from "./own-services.ts";

/** How one of this program's services is. */
export interface ServiceReport extends ServiceState {
  service: string;
}

/** How this program's services are, asked of the supervisor that has them; changes nothing. */
export async function readServices(kind: SupervisorKind): Promise<ServiceReport[]> {
  try {
    const stateOf = kind === "embedded" ? stateFromOutside : (await openZinit()).state;
    return await Promise.all(ownServices.map(async ({ service }) => ({ service, ...(await stateOf(service)) })));
  } catch (error) {
    return ownServices.map(({ service }) => ({ service, state: "unknown", detail: messageOf(error) }));
  }
}

/** Loaded only where zinit is asked. */
async function openZinit(): Promise<Supervisor> {
  const { openSupervisor } = await import("./open.ts");
  return openSupervisor("zinit");
}
