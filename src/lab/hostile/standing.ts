import { names } from "../../policy/names.ts";
import type { LabNode } from "../farm/node.ts";

/** What a node has that works, by name, each with what it is; and how much there is of what strangers can add to. */
export interface Standing {
  things: Map<string, string>;
  counts: Map<string, number>;
}

type Thing = [name: string, said: string];

interface Interface {
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  addr_info?: { family: string; scope: string; local: string; prefixlen: number }[];
}

interface Route {
  dst: string;
  gateway?: string;
  dev?: string;
}

const places = [null, names.ndmz] as const;

/**
 * Takes down what must be the same when nobody is hostile any more: links, addresses of the good network, its default routes, rules,
 * settings; and counts what must not grow without bounds.
 *
 * @param prefix the good network's IPv6 prefix, with which all its addresses begin
 */
export async function readStanding(node: LabNode, prefix: string): Promise<Standing> {
  const parts = await Promise.all(
    places.map(async (namespace) => {
      const print = async (argv: readonly string[]) => (await node.run(argv, { namespace })).stdout || "[]";
      const [links, routes4, routes6, rules, settings, neighbours] = await Promise.all([
        print(["ip", "-j", "addr", "show"]),
        print(["ip", "-4", "-j", "route", "show"]),
        print(["ip", "-6", "-j", "route", "show"]),
        print(["nft", "-j", "-s", "list", "ruleset"]),
        print(["sysctl", "-a", "-e", "--pattern", "^net\\."]),
        print(["ip", "-j", "neigh", "show"]),
      ]);
      const routes = [routes4, routes6].flatMap((text) => JSON.parse(text) as Route[]);
      const interfaces = JSON.parse(links) as Interface[];
      const place = namespace ?? "node";
      const things: Thing[] = [
        ...interfaces.flatMap((each) => linkThings(each, prefix)),
        ...routes.filter(({ dst }) => dst === "default").map(routeThing),
        ["rules", withoutElements(rules)],
        ...settingsIn(settings),
      ];
      const counts: [string, number][] = [
        [`addresses of ${place}`, interfaces.reduce((sum, { addr_info = [] }) => sum + addr_info.length, 0)],
        [`routes of ${place}`, routes.length],
        [`neighbours of ${place}`, (JSON.parse(neighbours) as unknown[]).length],
        [`connections of ${place}`, Number(/^net.netfilter.nf_conntrack_count = (\d+)/m.exec(settings)?.[1] ?? 0)],
      ];
      return { things: things.map(([name, said]): Thing => [`${place}: ${name}`, said]), counts };
    }),
  );
  return {
    things: new Map(parts.flatMap(({ things }) => things)),
    counts: new Map(parts.flatMap(({ counts }) => counts)),
  };
}

/** Which IPv4 address a link has is the server's choice: it gives another one after a DHCPDECLINE (RFC 2131 section 4.3.3). */
function linkThings({ ifname, flags, mtu, master, addr_info = [] }: Interface, prefix: string): Thing[] {
  const own = addr_info.filter(({ scope }) => scope === "global");
  const nameOf = (local: string) => (local.includes(":") ? local : "of IPv4");
  return [
    [
      `link ${ifname}`,
      [flags.includes("UP") ? "up" : "down", `mtu ${mtu}`, ...(master ? [`in ${master}`] : [])].join(" "),
    ],
    ...own
      .filter(({ local }) => !local.includes(":") || local.startsWith(prefix))
      .map(({ local, prefixlen }): Thing => [`address ${nameOf(local)}/${prefixlen} on ${ifname}`, ""]),
  ];
}

function routeThing({ dst, gateway, dev }: Route): Thing {
  return [`route ${dst} via ${gateway ?? "?"} dev ${dev ?? "?"}`, ""];
}

/** Sets that packets fill, counters (which nft 1.0.6 prints of names, though not asked to) and numbers of things are no rules. */
function withoutElements(rules: string): string {
  const isVolatile = (key: string) => ["elem", "handle", "metainfo", "packets", "bytes"].includes(key);
  return JSON.stringify(JSON.parse(rules), (key: string, value: unknown) => (isVolatile(key) ? undefined : value));
}

/** Counters, what the kernel counts for itself, and the timing of neighbours, which routers tell (RFC 4861 section 6.3.4) within bounds. */
const volatile =
  /nf_conntrack_count|\.stable_secret|random\.|\.neigh\.(zos\.(base_reachable|retrans)|(zos|npub6)\.gc_stale)/;

function settingsIn(text: string): Thing[] {
  return text
    .split("\n")
    .map((line) => line.split(" = "))
    .filter(([key = ""]) => key !== "" && !volatile.test(key))
    .map(([key = "", value = ""]) => [key, value]);
}

/**
 * The kernel's own bounds: 16 addresses an interface from advertisements (`max_addresses`), 1024 neighbours a table (`gc_thresh3`),
 * `ip6_rt_gc` routes.
 */
const most: readonly [name: RegExp, count: number][] = [
  [/^addresses/, 120],
  [/^routes/, 600],
  [/^neighbours/, 2_100],
  [/^connections/, 20_000],
];

/** What is lost or has changed, and what has grown too large; what is new besides is no matter. */
export function lostBetween(before: Standing, after: Standing): string[] {
  const lost = [...before.things].flatMap(([name, was]) => {
    const is = after.things.get(name);
    if (is === was) return [];
    if (is === undefined) return [`${name} is gone`];
    return [`${name}: ${differenceOf(was, is)}`];
  });
  const large = [...after.counts].filter(([name, count]) =>
    most.some(([pattern, limit]) => pattern.test(name) && count > limit),
  );
  return [...lost, ...large.map(([name, count]) => `${count} ${name}`)];
}

/** From a little before the first letter that is another one. */
function differenceOf(was: string, is: string): string {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  const from = Math.max(0, at - 40);
  const [before, now] = [was, is].map((text) => text.slice(from, from + 120));
  return `${before} is ${now} now`;
}

/** What one would look at first where IPv6 of ndmz does not work, in a few lines. */
export async function readOutward6(node: LabNode): Promise<string[]> {
  const keys = ["hop_limit", "mtu", "accept_ra", "forwarding"].map((key) => `net.ipv6.conf.${names.npub6}.${key}`);
  const commands = [
    ["ip", "-6", "route", "show"],
    ["ip", "-6", "rule", "show"],
    ["ip", "-6", "-o", "addr", "show", "dev", names.npub6],
    ["ip", "-o", "addr", "show", "dev", names.npub4],
    ["sysctl", ...keys],
  ];
  const printed = await Promise.all(
    commands.map((argv) => node.run(argv, { namespace: names.ndmz }).catch(() => ({ stdout: "" }))),
  );
  return printed.flatMap(({ stdout }) => stdout.trimEnd().split("\n").slice(0, 12)).map((line) => line.slice(0, 150));
}
