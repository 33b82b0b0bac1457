import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { story, type Explored, type Graph } from "./explore.ts";
import { isOwn } from "./ways.ts";

const stories = (states: Explored[]) => states.slice(0, 5).map(story);

/** What holds in every state of every machine. */
export function describeInvariants({ states, subject: { waits = [] } }: Graph): void {
  describe("in every state that can be reached", () => {
    const unfinished = states.filter(({ snapshot }) => snapshot.status === "active");

    test("the machine itself is sound", () => {
      expect(stories(states.filter(({ snapshot }) => !["active", "done"].includes(snapshot.status)))).toEqual([]);
    });

    test("an effect or a delay leads on, without an operator", () => {
      expect(
        stories(
          unfinished
            .filter(({ path }) => !waits.includes(path))
            .filter((state) => !state.edges.some((edge) => isOwn(edge) && edge.to !== state)),
        ),
      ).toEqual([]);
    });

    test("the context survives JSON", () => {
      const survives = ({ snapshot }: Explored) => {
        const context: unknown = snapshot.context;
        return isDeepStrictEqual(JSON.parse(JSON.stringify(context)), context);
      };
      expect(stories(states.filter((state) => !survives(state)))).toEqual([]);
    });

    test("no two children of one name are at work", () => {
      const ids = ({ alive }: Explored) => alive.map((child) => child.id);
      expect(stories(states.filter((state) => new Set(ids(state)).size < state.alive.length))).toEqual([]);
    });
  });
}
