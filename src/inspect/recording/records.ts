import * as v from "valibot";

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const json: v.GenericSchema<Json> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(json), v.record(v.string(), json)]),
);

/** No program runs for thirty years. */
const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12));
/** Milliseconds since the program's start, on its monotonic clock. */
const atMs = ms;

/** A path of ids from the root, such as `boot/internet/probe.eth0/requestLease`. */
const actor = v.pipe(v.string(), v.minLength(1));

const guards = v.array(v.object({ name: v.string(), passed: v.boolean() }));

const status = v.picklist(["active", "done", "error", "stopped"]);

/**
 * Begins every stream; whatever was known before it is from another boot. `historySinceMs` is there when what happened
 * before that time was folded together: of the actors that lived on, only where they were is told.
 */
const start = v.object({
  type: v.literal("start"),
  format: v.literal(1),
  version: v.string(),
  hostname: v.string(),
  startedAt: v.string(),
  atMs,
  historySinceMs: v.optional(atMs),
});

/** An actor came to be: a machine, or an effect (`machine` is null). One with the same path as an earlier one begins anew. */
const actorStarted = v.object({
  type: v.literal("actor"),
  atMs,
  actor,
  parent: v.nullable(actor),
  /** The machine's id: `boot`, `internet`, `probe`, `networkd`, `online`, `service`. */
  machine: v.nullable(v.string()),
  /** The name by which a machine knows the effect; null for machines. */
  effect: v.nullable(v.string()),
});

/** One microstep of a machine's actor, its first (`xstate.init`) included. */
const transition = v.object({
  type: v.literal("transition"),
  atMs,
  actor,
  /** Such as `xstate.done.actor.ensureBridge`. */
  event: v.string(),
  /** What the event brought, when that is small. */
  data: v.optional(json),
  /** Empty when the event changed nothing, and in the first microstep. */
  taken: v.array(
    v.object({
      /** As the charts and the pictures (`data-transition`) have it: unique in its machine. */
      id: v.string(),
      /** A state's id such as `internet.probe.watch.open`, as the pictures (`data-state`) have it. */
      source: v.string(),
      event: v.string(),
      guard: v.nullable(v.string()),
      target: v.array(v.string()),
    }),
  ),
  /** Guards in the order in which they were asked for this microstep. */
  guards,
  /** Ids of the innermost active states. */
  state: v.array(v.string()),
  /** New values in the context by path such as `facts.lease`; applied in order they give the new context. */
  changes: v.record(v.pipe(v.string(), v.maxLength(1_000)), json),
  status,
});

/** Guards that were asked and let nothing happen: why an actor stays where it is. */
const checked = v.object({ type: v.literal("checked"), atMs, actor, guards });

/** An actor has ended. */
const ended = v.object({
  type: v.literal("ended"),
  atMs,
  actor,
  status: v.picklist(["done", "error", "stopped"]),
  error: v.optional(v.string()),
});

/** A command that was run. It is told when it has ended, so `atMs`, its start, may lie before what was told earlier. */
const command = v.object({
  type: v.literal("command"),
  atMs,
  ms,
  argv: v.array(v.string()),
  /** Null when a signal ended it, or it never began. */
  exitCode: v.nullable(v.number()),
  /** The effect that ran it. */
  actor: v.optional(actor),
});

/** The program ends. */
const end = v.object({ type: v.literal("end"), atMs });

/** What one line of a recording, and one message of the live stream, may be. */
export const recordSchema = v.variant("type", [start, actorStarted, transition, checked, ended, command, end]);

/** Any record of the stream. */
export type StreamRecord = v.InferOutput<typeof recordSchema>;
/** See `start`. */
export type StartRecord = v.InferOutput<typeof start>;
/** See `actorStarted`. */
export type ActorRecord = v.InferOutput<typeof actorStarted>;
/** See `transition`. */
export type TransitionRecord = v.InferOutput<typeof transition>;
/** See `checked`. */
export type CheckedRecord = v.InferOutput<typeof checked>;
/** See `ended`. */
export type EndedRecord = v.InferOutput<typeof ended>;
export type CommandRecord = v.InferOutput<typeof command>;
export type EndRecord = v.InferOutput<typeof end>;
export type ActorStatus = v.InferOutput<typeof status>;
export type GuardOutcome = v.InferOutput<typeof guards>[number];
