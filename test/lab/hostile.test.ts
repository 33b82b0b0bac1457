import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { startLab } from "./lab-process.ts";

const isAllMeant = process.env["HOSTILE"] === "all";
const isRoot = process.getuid?.() === 0;
const hasScapy = existsSync("/usr/bin/scapy3");
const skipped = isRoot ? "python3-scapy is not installed" : "needs root for network namespaces";
const why = isRoot && hasScapy ? "" : ` (skipped: ${skipped})`;
/** One kind costs least: every text of a lease; `npm run test:long` has some of each kind. */
const packets = isAllMeant ? ["--count", "300"] : ["--count", "24", "--kind", "dhcp-texts"];

test.skipIf(why !== "")(
  `hostile packets run nothing, and all works when they have ended${why}`,
  async () => {
    const lab = startLab(["hostile", ...packets]);
    expect({ code: await lab.ended, stderr: lab.stderr(), said: lab.stdout() }).toEqual({
      ...{ code: 0, stderr: "" },
      said: expect.stringContaining("0 failures") as unknown,
    });
  },
  isAllMeant ? 1_200_000 : 120_000,
);
