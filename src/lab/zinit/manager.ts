import { constants } from "node:os";
import { definedServices, loadDefinition } from "./zinit-yaml.ts";
import { lookAfter, type Service, type Surroundings } from "./lifecycle.ts";

/** What `status` tells. */
export interface Status {
  name: string;
  pid: number;
  state: string;
  target: string;
  after: Record<string, string>;
}

/** What zinit 0.2 can be asked; whatever it refuses is an Error whose message is zinit's. */
export interface Manager {
  list: () => Record<string, string>;
  status: (name: string) => Status;
  monitor: (name: string) => Promise<void>;
  start: (name: string) => void;
  stop: (name: string) => void;
  forget: (name: string) => void;
  kill: (name: string, signal: string) => void;
  /** Stops every service; resolves when no process is left. */
  shutdown: () => Promise<void>;
}

type Services = Map<string, Service>;

/** Supervises real processes as zinit 0.2 does (src/zinit/mod.rs), as far as a node of the lab needs it. */
export function createManager(directory: string): Manager {
  const services: Services = new Map();
  const around = surroundingsOf(services);
  const stop = (name: string) => {
    const service = find(services, name);
    service.target = "Down";
    if (service.pid !== 0) signalGroup(service.pid, service.definition.signal.stop);
  };
  return {
    list: () => Object.fromEntries([...services.values()].map(({ name, state }) => [name, state])),
    status: (name) => statusOf(services, name),
    monitor: async (name) => {
      const definition = await loadDefinition(directory, name);
      if (services.has(name)) throw new Error(`service ${JSON.stringify(name)} already monitored`);
      const service: Service = { name, definition, state: "Unknown", target: "Up", pid: 0, isScheduled: false };
      services.set(name, service);
      void lookAfter(service, around);
    },
    start: (name) => {
      const service = find(services, name);
      service.target = "Up";
      void lookAfter(service, around);
    },
    stop,
    forget: (name) => {
      const { target, pid } = find(services, name);
      if (target === "Up" || pid !== 0) throw new Error(`service ${JSON.stringify(name)} is up`);
      services.delete(name);
    },
    kill: (name, signal) => sendSignal(find(services, name), signal),
    shutdown: async () => {
      for (const name of services.keys()) stop(name);
      for (const service of services.values()) setTimeout(killLate, shutdownMsOf(service), service);
      while ([...services.values()].some(({ pid }) => pid !== 0)) await around.changed();
    },
  };
}

function find(services: Services, name: string): Service {
  const service = services.get(name);
  if (service === undefined) throw new Error(`service name ${JSON.stringify(name)} unknown`);
  return service;
}

function statusOf(services: Services, name: string): Status {
  const { pid, state, target, definition } = find(services, name);
  const after = definition.after.map((each): [string, string] => [each, services.get(each)?.state ?? "Unknown"]);
  return { name, pid, state, target, after: Object.fromEntries(after) };
}

/** A process that swallowed the signal to stop, as one does that has just begun, would keep zinit for ever. */
function killLate({ pid }: Service): void {
  if (pid !== 0) signalGroup(pid, "SIGKILL");
}

function shutdownMsOf({ definition }: Service): number {
  return definition.shutdown_timeout * 1_000;
}

function signalGroup(pid: number, signal: string): void {
  process.kill(-pid, signal);
}

function sendSignal({ name, pid }: Service, signal: string): void {
  const wanted = signal.toUpperCase();
  if (!Object.hasOwn(constants.signals, wanted)) throw new Error("EINVAL: Invalid argument");
  if (pid === 0) throw new Error(`service ${JSON.stringify(name)} is down`);
  signalGroup(pid, wanted);
}

/** Has every service that has a file monitored, as zinit does when it starts. */
export async function monitorAll(manager: Manager, directory: string): Promise<void> {
  for (const name of await definedServices(directory)) {
    await manager.monitor(name).catch((error: unknown) => {
      process.stderr.write(`zinit: ${name}: ${String(error)}\n`);
    });
  }
}

function surroundingsOf(services: Services): Surroundings {
  let waiting: (() => void)[] = [];
  const isThere = (name: string) => {
    const { state, definition } = services.get(name) ?? {};
    return state === "Success" || (state === "Running" && definition?.oneshot === false);
  };
  return {
    canStart: ({ after }) => after.every(isThere),
    changed: () => new Promise((resolve) => waiting.push(resolve)),
    tellChange: () => {
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
    },
  };
}
