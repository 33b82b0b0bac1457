import * as v from "valibot";
import { expect, test } from "vitest";
import type { AnyActor, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { withChanges } from "../../src/inspect/recording/changes.ts";
import { transitionIdsOf } from "../../src/inspect/chart/chart.ts";
import { observed } from "../../src/inspect/recording/observe.ts";
import { recordActors } from "../../src/inspect/recording/record-actors.ts";
import { type Json, recordSchema, type StreamRecord } from "../../src/inspect/recording/records.ts";
import type { Graph } from "./explore.ts";
import type { Subject } from "./subject.ts";
import { coveringPaths, type Onlooker, type Path, walk } from "./walk.ts";

/** What was recorded on a path, beside what XState itself told, and where the actor was in the end. */
interface Walked {
  records: StreamRecord[];
  taken: string[];
  asked: string[];
  end: { state: string[]; context: unknown; status: string };
}

async function record(subject: Subject, path: Path): Promise<Walked> {
  const walked: Walked = { records: [], taken: [], asked: [], end: { state: [], context: {}, status: "" } };
  let ms = 0;
  // Through text, as a recording has it: later changes of an object do not change what was told of it.
  const recorder = recordActors(
    () => (ms += 1),
    (each) => walked.records.push(v.parse(recordSchema, JSON.parse(JSON.stringify(each)))),
  );
  let ids = new Map<AnyTransitionDefinition, string>();
  const onlooker: Onlooker = {
    observe: (machine) => {
      const told = observed(machine, {
        onGuard: (id, name, passed) => {
          walked.asked.push(`${name} ${passed}`);
          recorder.noteGuard(id, name, passed);
        },
        around: (_, begin) => begin(),
      });
      ids = transitionIdsOf(told);
      return told;
    },
    inspect: (event: InspectionEvent) => {
      recorder.inspect(event);
      if (event.type === "@xstate.microstep")
        walked.taken.push(...event._transitions.map((each) => ids.get(each) ?? "?"));
    },
    onEnd: (actor) => (walked.end = endOf(actor)),
  };
  await walk(subject, path, onlooker);
  return walked;
}

function endOf(actor: AnyActor): Walked["end"] {
  const { _nodes, context, status } = actor.getSnapshot();
  const state = _nodes.filter(({ type }: { type: string }) => type === "atomic" || type === "final");
  return {
    state: state.map(({ id }: { id: string }) => id).toSorted(),
    context: JSON.parse(JSON.stringify(context)),
    status,
  };
}

/** Whatever happens to a machine, its records tell it all, once. */
export function testRecords(graph: Graph): void {
  test("whatever happens, its records tell it all, once", async () => {
    for (const path of coveringPaths(graph)) {
      const { records, taken, asked, end } = await record(graph.subject, path);
      const of = <Type extends StreamRecord["type"]>(type: Type) =>
        records.filter((each): each is Extract<StreamRecord, { type: Type }> => each.type === type);
      const root = of("actor")[0]?.actor;
      const transitions = of("transition").filter(({ actor }) => actor === root);
      expect(transitions.flatMap((each) => each.taken.map(({ id }) => id))).toEqual(taken);
      const guards = records.flatMap((each) =>
        each.type === "transition" || each.type === "checked" ? each.guards : [],
      );
      expect(guards.map(({ name, passed }) => `${name} ${passed}`)).toEqual(asked);
      const context = transitions.reduce<Json>((before, { changes }) => withChanges(before, changes), {});
      const last = transitions.findLast(({ event }) => event !== "xstate.stop"); // The path's end is not the actor's.
      expect({ state: last?.state.toSorted(), context, status: last?.status }).toEqual(end);
      const paths = (actors: { actor: string }[]) => actors.map(({ actor }) => actor).toSorted();
      expect(paths(of("ended")), "each actor ends once").toEqual(paths(of("actor")));
    }
  });
}
