import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outwardRules } from "../../../src/policy/lan-access.ts";
import { natRules } from "../../../src/policy/nat-rules.ts";
import { portRules } from "../../../src/policy/port-rules.ts";
import { cellOf, kindsThrough, reachMatrix, verdictFor } from "../../../src/policy/reach-matrix.ts";
import { reachPage } from "../../../src/policy/reach-page.ts";

const [closed, open] = [{ lanAccess: "drop" }, { lanAccess: "allow" }] as const;

/** The body of a chain of a ruleset's text. */
const chain = (rules: string, name: string) =>
  new RegExp(`chain ${name} \\{\\n([\\s\\S]*?)\\n {2}\\}\\n`).exec(rules)?.[1] ?? "";

test("docs/reach.md is that of the matrix", () => {
  const committed = readFileSync(new URL("../../../docs/reach.md", import.meta.url), "utf8");
  expect(committed, "this file is out of date: run `npm run docs`").toBe(reachPage());
});

test("a resource reaches the Internet and nothing else, unless the farmer opens what is around", () => {
  const accepted = (lan: typeof closed | typeof open) =>
    Object.entries(reachMatrix(lan).resource).flatMap(([to, { verdict }]) => (verdict === "accept" ? [to] : []));
  expect(accepted(closed)).toEqual(["internet"]);
  expect(accepted(open)).toEqual(["node", "lan", "gateway", "private", "internet"]);
});

test("nobody reaches a resource but by an answer, in either family", () => {
  const rows = Object.values(reachMatrix(open)).map(({ resource }) => resource);
  for (const cell of rows) {
    expect(cell?.verdict).toBe("drop");
    expect(cell && [...kindsThrough(cell, "v4"), ...kindsThrough(cell, "v6")]).toEqual([]);
  }
});

test.each([closed, open])("the rules of ndmz have all that is named, and drop the rest: %j", (lan) => {
  const rules = natRules({ ...lan, lanExceptions: [] });
  const matrix = reachMatrix(lan);
  for (const row of Object.values(matrix)) {
    for (const { rule } of row.ndmz?.named ?? []) expect(chain(rules, "input")).toContain(rule);
    for (const { rule } of row.resource?.named ?? []) expect(chain(rules, "forward")).toContain(rule);
  }
  const named = Object.values(matrix).flatMap(({ ndmz }) => (ndmz?.named ?? []).map(({ rule }) => rule));
  const accepting = chain(rules, "input").match(/^.* accept$/gm) ?? [];
  expect(accepting.map((line) => line.trim()).toSorted()).toEqual(
    [...new Set([...named, 'iifname "lo" accept'])].toSorted(),
  );
  expect(chain(rules, "input")).toContain("policy drop;");
  expect(chain(rules, "forward")).toContain("policy drop;");
});

test("what is around the node is one cell, which all its rules have", () => {
  const { node, lan, gateway, private: behind } = reachMatrix(closed).resource;
  expect(new Set([node, lan, gateway, behind]).size).toBe(1);
  const { outward, beyond } = outwardRules({ ...closed, lanExceptions: [] });
  const verdicts = [...outward, ...beyond].map((rule) => /(drop|accept|goto beyond)$/.exec(rule)?.[1]);
  expect(verdicts).toEqual([
    ...Array(3).fill(lan?.verdict),
    "goto beyond",
    "goto beyond",
    lan?.verdict,
    lan?.verdict,
    verdictFor(closed, "internet"),
  ]);
});

test("what a resource sends by its bridge to the node or another resource becomes what the matrix says", () => {
  const rules = portRules(["nr-2"]);
  expect(rules).toContain(`iifname "nr-*" ${cellOf(closed, "resource", "resource")?.verdict}`);
  expect(rules).toContain(`"br-pub" } ${cellOf(closed, "resource", "node")?.verdict}`);
});
