import { connect } from "node:net";
import type { createWebSocketInspector } from "@statelyai/inspect";
import type { ActorRefLike } from "xstate";
import { machines } from "../chart/machines.ts";
import { withChanges } from "./changes.ts";
import type { ActorRecord, Json, StreamRecord } from "./records.ts";
import type { Sink } from "./boot-stream.ts";

/** Where the relay of @statelyai/inspect listens, from which a browser with Internet shows Stately's inspector. */
const relay = { host: "127.0.0.1", port: 8080 };
const connectTimeoutMs = 1_000;

/** An actor as Stately's inspector takes it for one of XState's. */
interface Shown extends ActorRefLike {
  id: string;
  _parent?: Shown;
  logic: { config?: unknown };
}

/** What of Stately's inspector is used. */
type Inspector = Pick<ReturnType<typeof createWebSocketInspector>, "actor" | "event" | "snapshot" | "stop">;

/**
 * A sink that shows the stream in Stately's inspector, as its WebSocket client; null, and a warning, when that is not
 * installed or its relay does not run.
 */
export async function statelySink(warn: (text: string) => void): Promise<Sink | null> {
  const stately = await import("@statelyai/inspect").catch(() => null);
  if (stately === null) {
    warn("Stately's inspector is not shown: install @statelyai/inspect beside the program");
    return null;
  }
  if (!(await isListening())) {
    warn(
      `Stately's inspector is not shown: its relay does not listen on ${relay.host}:${relay.port}; start it with ` +
        `node -e 'import("@statelyai/inspect/server").then((server) => server.createInspectorServer())'`,
    );
    return null;
  }
  const url = `ws://${relay.host}:${relay.port}`;
  return showIn(stately.createWebSocketInspector({ url, maxDeferredEvents: 10_000 }));
}

function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...relay, timeout: connectTimeoutMs });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket
      .on("connect", () => end(true))
      .on("timeout", () => end(false))
      .on("error", () => end(false));
  });
}

/** Translates records to what the inspector takes. */
export function showIn(inspector: Inspector): Sink {
  const shown = new Map<string, { actor: Shown; context: Json }>();
  const tell = (record: StreamRecord) => {
    if (record.type === "actor") {
      const parent = record.parent === null ? undefined : shown.get(record.parent)?.actor;
      const actor = shownAs(record, parent);
      shown.set(record.actor, { actor, context: {} });
      return inspector.actor(actor, { status: "active" });
    }
    if (record.type !== "transition" && record.type !== "ended") return;
    const known = shown.get(record.actor);
    if (known === undefined) return;
    if (record.type === "ended") {
      return inspector.snapshot(known.actor, { status: record.status }, { event: { type: `xstate.${record.status}` } });
    }
    known.context = withChanges(known.context, record.changes);
    const event = { type: record.event };
    inspector.event(known.actor, event);
    inspector.snapshot(
      known.actor,
      { status: record.status, context: known.context, value: valueOf(record.state) },
      { event },
    );
  };
  return {
    write: (line) => tell(JSON.parse(line) as StreamRecord),
    close: () => {
      inspector.stop();
      return Promise.resolve();
    },
  };
}

function shownAs({ actor, machine }: ActorRecord, parent: Shown | undefined): Shown {
  const config: unknown = machines.find(({ id }) => id === machine)?.config;
  const id = actor.slice(actor.lastIndexOf("/") + 1);
  return {
    sessionId: actor,
    id,
    logic: config === undefined ? {} : { config },
    ...(parent && { _parent: parent }),
    send: () => undefined,
    getSnapshot: () => undefined,
  };
}

/** Ids of innermost states as XState's state value: `["probe.listen.v4.known"]` is `{ listen: { v4: "known" } }`. */
export function valueOf(ids: readonly string[]): Json {
  const below = (paths: string[][]): Json => {
    const children = [...new Set(paths.map(([first = ""]) => first))];
    const inner = (child: string) => paths.filter(([first]) => first === child).map(([, ...rest]) => rest);
    const [only] = children;
    if (children.length === 1 && only !== undefined && inner(only).every((rest) => rest.length === 0)) return only;
    return Object.fromEntries(children.map((child) => [child, below(inner(child))]));
  };
  return below(ids.map((id) => id.split(".").slice(1)));
}
