import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from "xstate";
import { messageOf } from "../../errors.ts";
import { changesBetween } from "./changes.ts";
import { activeStates, dataOf, describeTaken, initialStates, type Microstep } from "./describe-microstep.ts";
import { isMachine } from "./observe.ts";
import type { EndedRecord, GuardOutcome, Json, StreamRecord } from "./records.ts";

/** Follows a boot's actors and says in records what they do. */
export interface ActorRecorder {
  inspect: (event: InspectionEvent) => void;
  /** Notes a guard's answer: it belongs to the actor of that machine that takes its microstep next. */
  noteGuard: (machine: string, name: string, passed: boolean) => void;
  /** The path by which the records know an actor; null when they do not. */
  pathOf: (actor: AnyActorRef) => string | null;
}

/** An actor that has not ended. */
interface Living {
  path: string;
  parent: string | null;
  /** Null for effects. */
  machine: AnyStateMachine | null;
  context: Json;
  hasBegun: boolean;
  lastEvent: AnyEventObject | null;
}

/** All that the recorder keeps in mind. */
interface Book {
  living: Map<unknown, Living>;
  paths: WeakMap<AnyActorRef, string>;
  /** Guards that were asked since a machine's last microstep, and the actor that took it. */
  asked: Map<string, { by: Living | null; guards: GuardOutcome[] }>;
  clock: () => number;
  emit: (record: StreamRecord) => void;
}

/**
 * @param clock monotonic, milliseconds since the program's start
 * @param emit gets each record; values in it belong to the actors and must not be changed
 */
export function recordActors(clock: () => number, emit: (record: StreamRecord) => void): ActorRecorder {
  const book: Book = { living: new Map(), paths: new WeakMap(), asked: new Map(), clock, emit };
  return {
    inspect: (event) => inspect(book, event),
    noteGuard: (machine, name, passed) => {
      askedOf(book, machine).guards.push({ name, passed });
    },
    pathOf: (actor) => book.paths.get(actor) ?? null,
  };
}

function inspect(book: Book, event: InspectionEvent): void {
  switch (event.type) {
    case "@xstate.actor":
      return begin(book, event.actorRef as AnyActorRef);
    case "@xstate.microstep":
      return step(book, event);
    case "@xstate.event":
      return hear(book, event);
    case "@xstate.snapshot": {
      const actor = book.living.get(event.actorRef);
      if (actor !== undefined) tellChecked(book, actor);
      if (event.snapshot.status !== "active") finish(book, event.actorRef, event.snapshot);
      break;
    }
    default:
  }
}

function askedOf({ asked }: Book, machine: string): { by: Living | null; guards: GuardOutcome[] } {
  const found = asked.get(machine) ?? { by: null, guards: [] };
  asked.set(machine, found);
  return found;
}

/** Guards asked since the last microstep of an actor of the same machine let nothing happen. */
function tellChecked(book: Book, next: Living): void {
  if (next.machine === null) return;
  const { by, guards } = askedOf(book, next.machine.id);
  book.asked.set(next.machine.id, { by: next, guards: [] });
  if (guards.length > 0) {
    book.emit({ type: "checked", atMs: book.clock(), actor: (by ?? next).path, guards });
  }
}

function begin(book: Book, ref: AnyActorRef): void {
  const parent = book.living.get(ref._parent)?.path ?? null;
  const path = parent === null ? ref.id : `${parent}/${ref.id}`;
  const { logic } = ref as unknown as { logic: unknown };
  const machine = isMachine(logic) ? logic : null;
  const actor: Living = { path, parent, machine, context: {}, hasBegun: false, lastEvent: null };
  book.living.set(ref, actor);
  book.paths.set(ref, path);
  tellChecked(book, actor);
  const effect = machine === null && typeof ref.src === "string" ? ref.src : null;
  book.emit({ type: "actor", atMs: book.clock(), actor: path, parent, machine: machine?.id ?? null, effect });
}

/** XState says nothing of where a machine begins: it is told with the first that is heard of it. */
function tellBeginning(book: Book, actor: Living, snapshot: AnyMachineSnapshot): void {
  if (actor.machine === null || actor.hasBegun) return;
  actor.hasBegun = true;
  book.emit({
    type: "transition",
    atMs: book.clock(),
    actor: actor.path,
    event: "xstate.init",
    taken: [],
    guards: [],
    state: initialStates(actor.machine.root),
    changes: changesIn(actor, snapshot),
    status: "active",
  });
}

function step(book: Book, microstep: Microstep): void {
  const actor = book.living.get(microstep.actorRef);
  if (actor?.machine == null) return;
  const snapshot = microstep.snapshot as AnyMachineSnapshot;
  tellBeginning(book, actor, snapshot);
  const { guards } = askedOf(book, actor.machine.id);
  book.asked.set(actor.machine.id, { by: actor, guards: [] });
  const { event } = microstep;
  const data = event === actor.lastEvent ? undefined : dataOf(event);
  actor.lastEvent = event;
  book.emit({
    type: "transition",
    atMs: book.clock(),
    actor: actor.path,
    event: event.type,
    ...(data !== undefined && { data }),
    taken: describeTaken(microstep, actor.machine),
    guards,
    state: activeStates(snapshot),
    changes: changesIn(actor, snapshot),
    status: snapshot.status,
  });
}

/** Parts that are the same objects as before are not looked into. */
function changesIn(actor: Living, { context }: AnyMachineSnapshot): Record<string, Json> {
  const before = actor.context;
  actor.context = context as Json;
  return changesBetween(before, actor.context);
}

/** A child's end reaches its parent before the child's own last snapshot is told of. */
function hear(book: Book, { event, actorRef, sourceRef }: Extract<InspectionEvent, { type: "@xstate.event" }>): void {
  if (event.type === "xstate.init") {
    const actor = book.living.get(actorRef);
    const snapshot = (actorRef as AnyActorRef).getSnapshot() as AnyMachineSnapshot;
    if (actor !== undefined) tellBeginning(book, actor, snapshot);
  } else if (event.type.startsWith("xstate.done.actor.")) {
    finish(book, sourceRef, { status: "done" });
  } else if (event.type.startsWith("xstate.error.actor.")) {
    finish(book, sourceRef, { status: "error", error: event["error"] });
  }
}

/** An actor's end is that of its children too; of those that never began nothing else would be told. */
function finish(book: Book, ref: unknown, { status, error }: { status: EndedRecord["status"]; error?: unknown }): void {
  const actor = book.living.get(ref);
  if (actor === undefined) return;
  tellChecked(book, actor);
  book.living.delete(ref);
  if (actor.machine !== null) {
    const children = [...book.living].filter(([, { parent }]) => parent === actor.path);
    for (const [child] of children) finish(book, child, { status: "stopped" });
  }
  const reason = status === "error" ? { error: messageOf(error) } : {};
  book.emit({ type: "ended", atMs: book.clock(), actor: actor.path, status, ...reason });
}
