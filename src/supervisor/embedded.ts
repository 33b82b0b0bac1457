import { createActor, toPromise, type ActorRefFrom, type InspectionEvent } from "xstate";
import { endClients, runLeaseClient } from "../../effects/run-lease-client.ts";
import { serviceMachine } from "../../machines/service.ts";
import { effectLogic } from "../actor-logic.ts";
import type { LeaseClient, Supervisor } from "../contract.ts";
import { exclusively } from "../os/queue.ts";

export interface EmbeddedSupervisor extends Supervisor {
  /** Ends all clients; addresses and leases stay. */
  close: () => Promise<void>;
}

type Service = ActorRefFrom<typeof serviceMachine>;

/** The supervisor of a node without a process manager: clients are children of this process and end with it. */
export function createEmbeddedSupervisor(
  inspect: (event: InspectionEvent) => void = () => undefined,
): EmbeddedSupervisor {
  const services = new Map<string, { definition: string; actor: Service }>();
  const machine = serviceMachine.provide({ actors: { runLeaseClient: effectLogic("runLeaseClient", runLeaseClient) } });

  const end = async (service: string) => {
    const running = services.get(service);
    if (running === undefined) return;
    services.delete(service);
    running.actor.send({ type: "stop.requested" });
    await toPromise(running.actor);
    await exclusively(`service:${service}`, new AbortController().signal, () => Promise.resolve());
  };

  const ensure = async (client: LeaseClient) => {
    const definition = JSON.stringify(client);
    if (services.get(client.service)?.definition === definition) return;
    await end(client.service);
    const actor = createActor(machine, { id: client.service, input: client, inspect });
    services.set(client.service, { definition, actor });
    actor.start();
  };

  return {
    ensure,
    remove: async (client) => {
      await end(client.service);
      await endClients(client);
    },
    close: async () => {
      await Promise.all([...services.keys()].map(end));
    },
  };
}
