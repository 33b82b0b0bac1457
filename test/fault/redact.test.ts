import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseRecording } from "../../src/inspect/recording/recording-file.ts";
import { nodeLabDir } from "../../src/lab/farm/node.ts";
import { registrarHost } from "../../src/lab/farm/web-agents.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { homeIpv4, homeIpv6, managementIpv4, nic, router } from "../../src/lab/layouts/parts.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { isInstalled } from "../../src/os/tools.ts";
import type { Status } from "../../src/program/status-file.ts";
import { isOnline, outputOf, until, withFarm, zosBoot } from "./boot.ts";
import { knownThings } from "./known-things.ts";

const domain = "alices-farm.example";
const ipv4 = {
  ...homeIpv4,
  address: "172.23.45.1/24",
  pool: ["172.23.45.100", "172.23.45.199"] as [string, string],
  gateways: ["172.23.45.1"],
};
const ipv6 = { ...homeIpv6, prefix: "2001:db8:77:31::/64" };
/** A name that leads to the grid's registrar, whose certificate is for others. */
const otherName = "g.example";
const dnsmasq = [
  `domain=${domain}`,
  `address=/${otherName}/${internet.registrar4}`,
  `dhcp-option=option:domain-search,lan.${domain},corp-of-alice`,
];
/** Of its networks one leads nowhere, and the NIC there has its MAC in its name. */
const layout: Layout = {
  ...layoutNamed("home-dual"),
  segments: [
    { name: "home", router: router(ipv4, ipv6, { dnsmasq }) },
    { name: "dead", router: router(managementIpv4, null, { isDeadEnd: true }) },
  ],
  nics: [nic("eth0", "home"), nic("enx0200deadbeef", "dead")],
};
const location = { country: "Ruritania", city: "Strelsau", longitude: "14.4217", latitude: "50.0875" };
const recording = `${nodeLabDir}/redacted.jsonl`;

interface Case {
  program: string;
  hostname: string;
  registrars: string;
  isEnrolled: (grid: Status["grid"]) => boolean;
}

const cases: Case[] = [
  {
    program: "dhcpcd",
    hostname: "8471502",
    registrars: `https://${registrarHost}`,
    isEnrolled: (grid) => grid?.nodeId === 7,
  },
  {
    // What is wrong with its certificate names a host that nobody told the program before.
    program: "udhcpc",
    hostname: `node7.${domain}`,
    registrars: `https://${otherName}`,
    isEnrolled: (grid) => grid?.failure?.includes(registrarHost) ?? false,
  },
];

const installed = await Promise.all(cases.map(({ program }) => isInstalled(program)));

test.each(cases.filter((_, index) => installed[index]))(
  "a recording of a boot with $program, on a host named $hostname, has nothing in it that tells whose node it is",
  async ({ program, hostname, registrars, isEnrolled }) => {
    const settings = [`dhcpClient: ${program}`, `registrars: [${registrars}]`, `location: ${JSON.stringify(location)}`];
    await withFarm(
      layout,
      async ({ node }) => {
        await outputOf(node, "hostname", hostname);
        const up = await node.start(zosBoot("up", "--record", recording, "--redact"), { stdio: "ignore" });
        await until(
          node,
          (status) =>
            isOnline(status) &&
            isEnrolled(status.grid) &&
            status.zdb?.answer === "possible" &&
            status.ndmz?.npub4.ipv4.length === 1,
        );
        const known = await knownThings(node);
        await up.signal("SIGTERM");
        expect(await up.exited).toBe(0);
        const names = [hostname, ...hostname.split("."), domain, "alices-farm", "corp-of-alice", "deadbeef"];
        const words = [...names, otherName, registrarHost, "vantage.grid.tf", ...Object.values(location)];
        for (const word of words.filter((each) => each !== "example")) known.set(word, word);
        const text = await readFile(`${node.root}${recording}`, "utf8");
        expect(known.size).toBeGreaterThan(80);
        expect([...known].flatMap(([spelling, what]) => placesOf(spelling, what, text))).toEqual([]);
        const records = parseRecording(text, recording);
        expect(records.at(-1)?.type).toBe("end");
        expect(text).not.toMatch(/"(?:twinId|nodeId)":[57]\b/);
      },
      settings,
    );
  },
);

/** Where something stands as a word of its own, for people. */
function placesOf(spelling: string, what: string, text: string): string[] {
  const pattern = new RegExp(`(?<![\\da-z])${spelling.replaceAll(/[.+*/]/g, "\\$&")}(?![\\da-z])`, "i");
  const at = text.search(pattern);
  return at < 0 ? [] : [`${what} as ${spelling}: …${text.slice(Math.max(0, at - 150), at + 100)}…`];
}
