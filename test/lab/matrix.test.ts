import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { MatrixReport } from "../../src/lab/running/matrix-report.ts";
import { destinations, sources } from "../../src/policy/reach-matrix.ts";
import { startLab } from "./lab-process.ts";

const isRoot = process.getuid?.() === 0;
/** The others are tried by `npm run test:long`. The node of `oob-workload` has IPv4 alone, unlike its resources. */
const layouts = process.env["LAYOUTS"] === "all" ? ["dc-dual", "ha-pair", "oob-workload"] : ["home-dual"];
const hasNodeIpv6 = (layout: string) => layout !== "oob-workload";

test.skipIf(!isRoot).each(layouts)(
  "in %s everybody reaches whom the matrix says, before, during and after a mend and a failover, and nobody else",
  async (layout) => {
    const lab = startLab([layout, "--matrix", "--json"]);
    expect({ code: await lab.ended, stderr: lab.stderr() }).toEqual({ code: 0, stderr: "" });
    const { cells, phases, paths } = JSON.parse(lab.stdout()) as MatrixReport;
    const hasOther = layoutNamed(layout).nics.length > 1;
    expect(phases).toHaveLength(hasOther ? 6 : 4);
    const before = cells.filter(({ phase }) => phase === "before");
    for (const family of ["v4", "v6"] as const) {
      const seen = before.filter((cell) => cell.family === family);
      const absent = family === "v4" || hasNodeIpv6(layout) ? [] : ["node"];
      expect(sources.filter((row) => seen.every((cell) => cell.row !== row))).toEqual(absent);
      expect(destinations.filter((to) => seen.every((cell) => cell.to !== to))).toEqual(absent);
    }
    expect([...new Set(cells.filter(({ row }) => row === "resource").map(({ from }) => from))]).toEqual(["nr1", "nr2"]);
    expect(paths).toHaveLength(4);
  },
);
