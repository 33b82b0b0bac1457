import { expect, test } from "vitest";
import type { BenchFigures } from "../../src/lab/bench/figures.ts";
import { startLab } from "./lab-process.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (skipped: needs root for network namespaces)";

test.skipIf(!isRoot)(
  `a bench boots a node by program and script, each of which reaches the Internet${needsRoot}`,
  async () => {
    const lab = startLab(["bench", "--runs", "1", "--layouts", "dc-v6", "--no-quiet", "--json"]);
    expect({ code: await lab.ended, stderr: lab.stderr() }).toEqual({ code: 0, stderr: "" });
    const { runs, layouts, failovers } = JSON.parse(lab.stdout()) as BenchFigures;
    expect({ runs, failovers }).toEqual({ runs: 1, failovers: [] });
    const [figures] = layouts;
    expect(figures).toMatchObject({ layout: "dc-v6", quiet: null });
    expect(Object.keys(figures?.states ?? {})).toEqual(expect.arrayContaining(["start", "probe", "nat", "prove"]));
    for (const measured of ["emptyMs", "baselineMs", "bootMs", "commands", "peakKib", "statusMs", "versionMs"] as const)
      expect(figures?.[measured]).toBeGreaterThan(0);
    // 43 when nothing else changes meanwhile; each event of the kernel has some more read.
    expect(figures?.commands).toBeLessThanOrEqual(55);
  },
);

test.skipIf(!isRoot)(`a layout that comes to no Internet has nothing to be compared with${needsRoot}`, async () => {
  const lab = startLab(["bench", "--runs", "1", "--layouts", "home-v4", "--no-quiet"]);
  expect(await lab.ended).not.toBe(0);
  expect(lab.stderr()).toContain("home-v4 does not come online through a NIC that is known before");
});
