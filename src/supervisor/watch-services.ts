import type { ServiceState } from "../contract.ts";
import type { Supervisor } from "../ports.ts";
import { messageOf } from "../errors.ts";

/**
 * zinit tells nobody of changes, and a client's end leaves no trace in the kernel. Often enough to miss a service within seconds;
 * a question is a connection, not a process.
 */
const askAgainMs = 5_000;

/** Tells when zinit says something else of services than before, or answers no more; gives what ends that. */
export function watchServices(
  stateOf: (service: string) => Promise<ServiceState>,
  ...[services, onChange]: Parameters<Supervisor["watch"]>
): () => void {
  let last: string | null = null;
  const ask = async () => {
    const states = services.map((service) => stateOf(service).catch(messageOf));
    const said = JSON.stringify(await Promise.all(states));
    if (last !== null && said !== last) onChange();
    last = said;
  };
  const timer = setInterval(() => void ask(), askAgainMs);
  void ask();
  return () => clearInterval(timer);
}
