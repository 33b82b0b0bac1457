import {
  createActor,
  fromEventObservable,
  fromPromise,
  StateMachine,
  type Actor,
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type InspectionEvent,
} from "xstate";
import { bootMachine } from "../../machines/boot.ts";
import type { Stage } from "../../src/contract.ts";
import type { Effects } from "../../src/ports.ts";
import type { BootSettings } from "../../src/policy/grid.ts";
import { Farm, effectsOn, type Wire } from "./farm.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { settings } from "./samples.ts";

/** States that only decide where to go on, or that stand for a whole machine. */
const passing = [
  "internet",
  "networkd",
  "start",
  "settle",
  "makeWay",
  "reconsider",
  "woken",
  "fallBack",
  "reached",
  "failed",
  "uplinkLost",
];

/** The whole boot with its real child machines, on a node that the test arranges, in time that the test lets pass. */
export class World {
  readonly clock = new ManualClock();
  readonly farm: Farm;
  /** The steps that were entered, in order. */
  readonly steps: string[] = [];
  /** Also hear every event of the boot. */
  readonly inspectors: ((event: InspectionEvent) => void)[] = [];
  readonly #actor: Actor<AnyStateMachine>;
  #settings: BootSettings;

  constructor(wires: Record<string, Wire>, stage: Stage = "all", own: Partial<BootSettings> = {}) {
    this.#settings = { ...settings, ...own };
    this.farm = new Farm(this.clock, wires);
    this.#actor = createActor(composed(bootMachine, this.farm), {
      clock: this.clock,
      input: { settings: this.#settings, stage },
      inspect: (event) => {
        this.#note(event);
        for (const inspect of this.inspectors) inspect(event);
      },
    });
  }

  start(): this {
    this.#actor.start();
    return this;
  }

  stop(): void {
    this.#actor.send({ type: "stop.requested" });
  }

  /** The configuration is read anew. */
  reloads(change: Partial<BootSettings>, hasOtherClient = false): void {
    this.#settings = { ...this.#settings, ...change };
    this.#actor.send({ type: "settings.changed", settings: this.#settings, hasOtherClient });
  }

  /** The step in which the boot is. */
  get step(): string | undefined {
    return this.steps.at(-1);
  }

  /** Lets time pass until the step is entered, by what happens on its own. */
  async reaches(step: string, withinMs = 60_000): Promise<void> {
    await this.#pass(this.clock.nowMs + withinMs, () => this.step === step);
    if (this.step !== step)
      throw new Error(`${step} not reached within ${withinMs} ms: ${this.steps.slice(-20).join(", ")}`);
  }

  async passes(durationMs: number): Promise<void> {
    const endMs = this.clock.nowMs + durationMs;
    await this.#pass(endMs, () => false);
    this.clock.passTo(endMs);
    await settled();
  }

  async #pass(endMs: number, isEnough: () => boolean): Promise<void> {
    for (;;) {
      await settled();
      const next = this.clock.nextAtMs;
      if (isEnough() || next === null || next > endMs) return;
      this.clock.passTo(next);
    }
  }

  #note(event: InspectionEvent): void {
    const isEntry = event.type === "@xstate.snapshot" && event.event.type === "xstate.init";
    if ((event.type !== "@xstate.microstep" && !isEntry) || event.event.type === "xstate.stop") return;
    const { machine, value } = event.snapshot as Partial<AnyMachineSnapshot>;
    const { id } = event.actorRef as { id?: string };
    if (id === "others" || !["boot", "internet", "networkd"].includes(String(machine?.id))) return;
    const step = typeof value === "string" ? value : Object.keys(value as object)[0];
    if (step !== undefined && step !== this.step && !passing.includes(step)) this.steps.push(step);
  }
}

/** The machine with its children, down to the effects, which act on the farm. */
function composed(machine: AnyStateMachine, farm: Farm): AnyStateMachine {
  const actors = Object.entries(machine.implementations.actors).map(([src, logic]): [string, AnyActorLogic] => {
    if (logic instanceof StateMachine) return [src, composed(logic as AnyStateMachine, farm)];
    return [src, src in sightings ? watchOn(farm, src as keyof typeof sightings) : effectOn(farm, src)];
  });
  return machine.provide({ actors: Object.fromEntries(actors) } as never);
}

function effectOn(farm: Farm, src: string): AnyActorLogic {
  const name = src.startsWith("proveGateway") ? "proveEgress" : src;
  const effect = effectsOn(farm)[name as keyof Effects] as (
    input: unknown,
    control: { signal: AbortSignal },
  ) => Promise<unknown>;
  return fromPromise<unknown>(({ input, signal }) => {
    farm.tried.push(name);
    return farm.failing.delete(name) ? Promise.reject(new Error(`${name} failed`)) : effect(input, { signal });
  });
}

/** What each watch tells of the farm. */
const sightings = {
  keepResolver: () => ({ type: "resolver.kept" }),
  watchLease: () => ({ type: "lease.observed", address: null, isChecking: false }),
  watchNode: (farm: Farm) => ({ type: "node.observed", facts: farm.inspect() }),
  watchNics: (farm: Farm) => ({ type: "nics.observed", nics: farm.nics() }),
  watchInterfaces: (farm: Farm) => ({ type: "interfaces.observed", interfaces: farm.interfaces() }),
  watchUplink: (farm: Farm) => ({
    ...{ type: "uplink.observed", missing: farm.adoptable() === null ? "no uplink" : null },
    zos: farm.inspect().zos,
  }),
};

function watchOn(farm: Farm, src: keyof typeof sightings): AnyActorLogic {
  return fromEventObservable(
    () =>
      ({
        subscribe: ({ next, error }: { next?: (event: object) => void; error?: (error: Error) => void }) => {
          farm.tried.push(src);
          if (farm.failing.delete(src)) queueMicrotask(() => error?.(new Error(`${src} failed`)));
          const stop = farm.watch(() => next?.(sightings[src](farm)));
          return { unsubscribe: stop };
        },
      }) as never,
  );
}
