import { expect, test } from "vitest";
import type { RulesContext } from "../../machines/rules.ts";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { rulesSubject } from "./subjects/rules.ts";

const graph = explore(rulesSubject);
describeMachine(graph);

const lanOf = ({ snapshot }: { snapshot: { context: unknown } }) => (snapshot.context as RulesContext).lan.lanAccess;

test("other settings renew the rules wherever it is, the same ones do nothing", () => {
  const told = graph.edges.filter(({ from, to }) => lanOf(from) !== lanOf(to));
  expect(new Set(told.map(({ from }) => from.path))).toEqual(new Set(["renewing", "standing", "failed"]));
  for (const { from, to } of told) expect(to.path, story(from)).toBe("renewing");
});
