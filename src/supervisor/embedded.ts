import { createActor, toPromise, type ActorRefFrom, type InspectionEvent } from "xstate";
import { awaitLeaseClientEnd } from "../../effects/await-lease-client-end.ts";
import { findLeaseClient } from "../../effects/find-lease-client.ts";
import { runLeaseClient } from "../../effects/run-lease-client.ts";
import { serviceMachine } from "../../machines/service.ts";
import { compose } from "../program/compose.ts";
import type { LeaseClient, ServiceSignal, ServiceState } from "../contract.ts";
import type { Supervisor } from "../ports.ts";
import { BootError } from "../errors.ts";
import { clientOf, removeClient, signalClients } from "../os/lease-clients.ts";
import { exclusively, locks } from "../os/locks.ts";
import { stateFromOutside } from "./outside.ts";

/** The supervisor that this program is itself. */
export interface OwnedSupervisor extends Supervisor {
  /** Lets go of all clients: they run on, for the next run of the program to adopt. */
  close: () => Promise<void>;
}

const machine = compose(serviceMachine, { findLeaseClient, awaitLeaseClientEnd, runLeaseClient });

type Service = ActorRefFrom<typeof serviceMachine>;

/**
 * The supervisor of a node without a process manager: clients are children of this process, outlive it, and are adopted by
 * the next one.
 */
export function createEmbeddedSupervisor(inspect: (event: InspectionEvent) => void = () => undefined): OwnedSupervisor {
  const services = new Map<string, { definition: string; actor: Service }>();
  const letGo = async (service: string) => {
    const running = services.get(service);
    if (running === undefined) return;
    services.delete(service);
    running.actor.send({ type: "stop.requested" });
    await toPromise(running.actor);
    await exclusively(locks.service(service), new AbortController().signal, () => Promise.resolve());
  };

  const ensure = async (client: LeaseClient) => {
    const definition = JSON.stringify(client);
    if (services.get(client.service)?.definition === definition) return;
    await letGo(client.service);
    const actor = createActor(machine, { id: client.service, input: client, inspect });
    services.set(client.service, { definition, actor });
    actor.start();
  };

  return {
    kind: "embedded",
    ensure,
    state: async (service) => {
      const { actor } = services.get(service) ?? {};
      return actor === undefined ? stateFromOutside(service) : stateOf(actor);
    },
    findForeign: () => Promise.resolve(null),
    watch: () => () => undefined, // It never gives a service up, and starts it again by itself.
    signal: signalService,
    remove: async (place) => {
      await letGo(place.service);
      await removeClient(place);
    },
    close: async () => {
      await Promise.all([...services.keys()].map(letGo));
    },
  };
}

async function signalService(service: string, signal: ServiceSignal): Promise<void> {
  const client = await clientOf(service);
  if (client === null) throw new BootError("unavailable", `there is no service ${service}`);
  await signalClients(client, signal);
}

function stateOf(actor: Service): ServiceState {
  const { value, context } = actor.getSnapshot();
  switch (value) {
    case "look":
      return { state: "starting", detail: value };
    case "backoff":
      return { state: "ended", detail: context.failure ?? value };
    case "stopped":
      return { state: "absent", detail: value };
    default:
      return { state: "running", detail: value };
  }
}
