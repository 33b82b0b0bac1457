import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drawFaults } from "../../../../src/lab/running/soak.ts";
import { scenariosPage } from "../../../../src/lab/running/scenario-table.ts";
import { scenarioNamed, scenarios } from "../../../../src/lab/scenarios/catalogue.ts";
import { faults, soakLayout } from "../../../../src/lab/scenarios/faults.ts";

describe("scenarios", () => {
  test("have names and summaries of their own", () => {
    for (const key of ["name", "summary"] as const) {
      const all = scenarios.map((scenario) => scenario[key]);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test("are listed in docs/scenarios.md as they are (`npm run docs` writes the list)", () => {
    const page = readFileSync(new URL("../../../../docs/scenarios.md", import.meta.url), "utf8");
    expect(page).toBe(scenariosPage(scenarios));
  });

  test.each(scenarios.map((scenario) => ({ scenario, name: scenario.name })))(
    "$name speaks of NICs and segments that its layout has",
    ({ scenario: { layout, steps, ending, lateNics } }) => {
      const nics = layout.nics.map(({ name }) => name);
      const segments = layout.segments.map(({ name }) => name);
      for (const meant of [ending.uplink, ending.exit]) {
        const isThere = (nic: string | null) => (meant instanceof RegExp ? meant.test(nic ?? "") : nic === meant);
        expect([...nics, null].some(isThere)).toBe(true);
      }
      for (const deed of steps.flatMap(({ deeds }) => deeds)) {
        if (deed.kind === "cable" || deed.kind === "nic") expect(nics).toContain(deed.nic);
        if (deed.kind === "offer" || deed.kind === "servers" || deed.kind === "prefix")
          expect(segments).toContain(deed.segment);
        if (deed.kind === "run" && deed.at.includes(" of ")) expect(segments).toContain(deed.at.split(" of ")[1]);
      }
      // Ports are counted: a NIC that comes late must be one of the last.
      expect(nics.slice(nics.length - lateNics.length)).toEqual(lateNics);
    },
  );

  test("are not found by a name that none has, which tells those there are", () => {
    expect(() => scenarioNamed("no-such")).toThrow(/there is no scenario "no-such"; there are .*up-killed/);
  });
});

describe("faults of the soak", () => {
  test("happen to NICs and in segments that its node has", () => {
    const nics = soakLayout.nics.map(({ name }) => name);
    const segments = soakLayout.segments.map(({ name }) => name);
    for (const deed of faults.flatMap(({ steps }) => steps).flatMap(({ deeds }) => deeds)) {
      if (deed.kind === "cable" || deed.kind === "nic") expect(nics).toContain(deed.nic);
      if (deed.kind === "offer" || deed.kind === "servers" || deed.kind === "prefix")
        expect(segments).toContain(deed.segment);
      if (deed.kind === "run" && deed.at.includes(" of ")) expect(segments).toContain(deed.at.split(" of ")[1]);
    }
  });

  test("are the same for the same seed, others for another, and all of them in the long run", () => {
    const names = (seed: number, count = 20) => drawFaults(count, seed).map(({ name }) => name);
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
    expect(new Set(names(3, 1_000)).size).toBe(faults.length);
  });
});
