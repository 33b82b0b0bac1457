import type { ServiceState, SupervisorKind } from "../contract.ts";
import { messageOf } from "../errors.ts";
import { openSupervisor, ownServices } from "./open.ts";
import { createEmbeddedSupervisor } from "./embedded.ts";

/** How one of this program's services is. */
export interface ServiceReport extends ServiceState {
  service: string;
}

/** How this program's services are, asked of the supervisor that has them; changes nothing. */
export async function readServices(kind: SupervisorKind): Promise<ServiceReport[]> {
  try {
    const supervisor = kind === "embedded" ? createEmbeddedSupervisor() : await openSupervisor("zinit");
    return await Promise.all(
      ownServices.map(async ({ service }) => ({ service, ...(await supervisor.state(service)) })),
    );
  } catch (error) {
    return ownServices.map(({ service }) => ({ service, state: "unknown", detail: messageOf(error) }));
  }
}
