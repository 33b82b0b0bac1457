import type { ServiceState } from "../contract.ts";
import { clientOf } from "../os/lease-clients.ts";
import { isLocked } from "../os/service-lock.ts";

/** What another process can tell of a service of the embedded supervisor: whether its client runs. */
export async function stateFromOutside(service: string): Promise<ServiceState> {
  if ((await clientOf(service)) === null) return { state: "absent", detail: "not known" };
  return (await isLocked(service))
    ? { state: "running", detail: "running" }
    : { state: "ended", detail: "not running" };
}
