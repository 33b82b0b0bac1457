import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Farm } from "../../src/lab/farm/farm.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { isInstalled } from "../../src/os/tools.ts";
import type { Status } from "../../src/program/status-file.ts";
import { isOnline, startUp, until, withFarm } from "./boot.ts";

const homeDual = layoutNamed("home-dual");
const programs = await Promise.all(
  ["dhcpcd", "udhcpc"].map(async (program) => {
    const isMissing = !(await isInstalled(program));
    return { program, isMissing, title: isMissing ? `${program} (skipped: not installed)` : program };
  }),
);

/** The addresses that the router's DHCP server has given away, and to which client identifier. */
async function leasesOf({ routers }: Farm): Promise<string[]> {
  const text = await readFile(`${labDir}/${routers[0]?.namespace ?? ""}.leases`, "utf8");
  const lines = text.split("\n").filter((line) => /^\d+ [0-9a-f:]{17} /.test(line));
  return lines.map((line) => line.split(" ")).map(([, , address, , clientId]) => `${address} ${clientId}`);
}

/** Each has its lease; the one of npub4 may come after the boot is online. */
const hasBothLeases = (status: Status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1;

async function bootOn({ node }: Farm): Promise<string[]> {
  await startUp(node);
  const { zos, ndmz } = await until(node, hasBothLeases);
  return [...(zos?.ipv4 ?? []), ...(ndmz?.npub4.ipv4 ?? [])].map((address) => address.replace(/\/.*/, ""));
}

for (const { program, isMissing, title } of programs) {
  test.skipIf(isMissing)(
    `by ${title} a node has one lease for zos and one for npub4, however often its power is cut`,
    () =>
      withFarm(
        homeDual,
        async (built) => {
          let farm = built;
          try {
            const addresses = await bootOn(farm);
            const leases = await leasesOf(farm);
            expect(leases.map((lease) => lease.replace(/ .*/, "")).toSorted()).toEqual(addresses.toSorted());
            expect(leases).toHaveLength(2);
            for (let boots = 0; boots < 3; boots++) {
              farm = await farm.reboot();
              expect(await bootOn(farm)).toEqual(addresses);
              expect((await leasesOf(farm)).toSorted()).toEqual(leases.toSorted());
            }
          } finally {
            await farm.node.powerOff();
          }
        },
        [`dhcpClient: ${program}`],
      ),
  );
}
