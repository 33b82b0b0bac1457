import * as v from "valibot";
import type { AddressFacts, Family } from "../contract.ts";
import { BootError } from "../errors.ts";
import { noAddresses } from "../policy/addresses.ts";
import { isSourcedRoute, mostRouters } from "../policy/sourced-routes.ts";
import { readdir } from "./sync-fs.ts";
import { createShared } from "./queue.ts";
import { runInTurn } from "./run.ts";

/** Where an ip(8) command works: the node itself, or one of its named namespaces. */
export interface Place {
  /** Null is the node itself. */
  namespace: string | null;
  signal: AbortSignal;
}

const neverAborted = new AbortController().signal;

/** One link as `ip -j -d` prints it. */
export const linkSchema = v.looseObject({
  ifindex: v.number(),
  ifname: v.string(),
  flags: v.array(v.string()),
  mtu: v.number(),
  max_mtu: v.optional(v.number()),
  link_type: v.string(),
  address: v.optional(v.string()),
  permaddr: v.optional(v.string()),
  master: v.optional(v.string()),
  link: v.optional(v.string()),
  link_index: v.optional(v.number()),
  ifalias: v.optional(v.string()),
  linkinfo: v.optional(
    v.looseObject({
      info_kind: v.optional(v.string()),
      info_data: v.optional(
        v.looseObject({ id: v.optional(v.unknown()), mode: v.optional(v.string()), stp_state: v.optional(v.number()) }),
      ),
    }),
  ),
});

/** One link as `ip -j -d link show` (iproute2 6.1) tells of it. */
export type Link = v.InferOutput<typeof linkSchema>;

/** What `ip -j -d link show` prints. */
export const linksSchema = v.array(linkSchema);

/** What `ip -j addr show` prints; addresses of a link that is gone meanwhile are `{}`. */
export const addressesSchema = v.array(
  v.looseObject({
    ifname: v.optional(v.string()),
    addr_info: v.optional(
      v.array(
        v.looseObject({
          family: v.optional(v.string()),
          local: v.optional(v.string()),
          prefixlen: v.optional(v.number()),
          scope: v.optional(v.string()),
          tentative: v.optional(v.boolean()),
          optimistic: v.optional(v.boolean()),
          dadfailed: v.optional(v.boolean()),
          deprecated: v.optional(v.boolean()),
        }),
      ),
    ),
  }),
);

/** What `ip -j route show` prints. */
export const routesSchema = v.array(
  v.looseObject({
    dst: v.string(),
    gateway: v.optional(v.string()),
    table: v.optional(v.string()),
    dev: v.optional(v.string()),
    protocol: v.optional(v.string()),
    from: v.optional(v.string()),
    prefsrc: v.optional(v.string()),
    pref: v.optional(v.string()),
    nexthops: v.optional(v.array(v.looseObject({ gateway: v.optional(v.string()), dev: v.optional(v.string()) }))),
  }),
);

/** The whole command line of an ip(8) call in a place. */
export function ipCommand({ namespace }: Pick<Place, "namespace">, ...args: string[]): string[] {
  return namespace === null ? ["ip", ...args] : ["ip", "-n", namespace, ...args];
}

/** The command line that runs any command inside a namespace (ip-netns(8), `exec`), or as it is on the node itself. */
export function commandIn(namespace: string | null, ...argv: readonly string[]): string[] {
  return namespace === null ? [...argv] : ["ip", "netns", "exec", namespace, ...argv];
}

/**
 * Runs several ip(8) commands as one process, in order; stops at the first that fails.
 *
 * @param lines commands without the leading `ip`; names in them must be checked, for the batch format has quotes and comments
 * @param family where the lines do not tell it
 */
export async function ipBatch(place: Place, lines: string[], family: Family | null = null): Promise<void> {
  if (lines.length === 0) return;
  const option = family === null ? [] : [familyOption[family]];
  await runInTurn(ipCommand(place, ...option, "-batch", "-"), { input: `${lines.join("\n")}\n`, signal: place.signal });
}

/** Runs one ip(8) command. */
export async function ip(place: Place, ...args: string[]): Promise<void> {
  await runInTurn(ipCommand(place, ...args), { signal: place.signal });
}

/**
 * Changes a place and reads back one link of it, in one process; null when there is no such link any more.
 *
 * @param lines as for ipBatch
 */
export function changeAndReadLink(place: Place, name: string, lines: string[]): Promise<Link | null> {
  return unlessGone(async () => {
    const [links] = await readBatch([linksSchema], place, [...lines, `link show dev ${name}`]);
    return links[0] ?? null;
  }, null);
}

/**
 * Changes a place and reads back all its links, in one process.
 *
 * @param lines as for ipBatch
 */
export async function changeAndReadLinks(place: Place, lines: string[]): Promise<Link[]> {
  const [links] = await readBatch([linksSchema], place, [...lines, "link show"]);
  return links;
}

/** All links of a place. */
export function readLinks(place: Place): Promise<Link[]> {
  return readJson(linksSchema, place, ["-d", "link", "show"]);
}

/** One link of a place, or null when there is none of that name. */
export function readLink(place: Place, name: string): Promise<Link | null> {
  return unlessGone(
    async () => (await readJson(linksSchema, place, ["-d", "link", "show", "dev", name]))[0] ?? null,
    null,
  );
}

/** The usable addresses of a link and its default gateways; empty when there is no such link. */
export function readAddresses(place: Place, link: string): Promise<AddressFacts> {
  const lines = [`addr show dev ${link}`, `route show table all default dev ${link}`];
  return unlessGone(async () => {
    const [addresses, routes] = await readBatch([addressesSchema, routesSchema], place, lines);
    return addressFactsOf(addresses, routes);
  }, noAddresses);
}

/** The usable addresses and the first default gateways among what ip(8) printed of one link. */
export function addressFactsOf(
  addresses: v.InferOutput<typeof addressesSchema>,
  routes: v.InferOutput<typeof routesSchema>,
): AddressFacts {
  const given = routes.filter((route) => (route.table ?? "main") === "main" && !isSourcedRoute(route));
  const gateways = given.flatMap(gatewaysOf);
  return {
    ...usableAddresses(addresses.flatMap((each) => each.addr_info ?? [])),
    gateways4: gateways.filter((gateway) => !gateway.includes(":")).slice(0, mostRouters),
    gateways6: gateways.filter((gateway) => gateway.includes(":")).slice(0, mostRouters),
  };
}

type AddressInfo = NonNullable<v.InferOutput<typeof addressesSchema>[number]["addr_info"]>[number];

function usableAddresses(infos: AddressInfo[]): Pick<AddressFacts, "ipv4" | "ipv6"> {
  const usable = infos
    .filter((info) => info.scope === "global" && info.dadfailed !== true && info.deprecated !== true)
    .filter((info) => info.tentative !== true || info.optimistic === true);
  const ofFamily = (family: string) =>
    usable.filter((info) => info.family === family).map((info) => `${info.local ?? ""}/${info.prefixlen ?? 0}`);
  return { ipv4: ofFamily("inet"), ipv6: ofFamily("inet6") };
}

function gatewaysOf(route: v.InferOutput<typeof routesSchema>[number]): string[] {
  return [route.gateway, ...(route.nexthops ?? []).map((hop) => hop.gateway)].filter((each) => each !== undefined);
}

/** Where ip-netns(8) keeps a file for each named namespace. */
export const namespacesDir = "/run/netns";

/** The names of the node's network namespaces; reading them costs no process. */
export async function readNamespaces(): Promise<string[]> {
  return readdir(namespacesDir).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
}

const namespaceSchema = v.array(v.looseObject({ name: v.string(), id: v.optional(v.number()) }));

const readNamespaceIds = createShared(() =>
  readJson(namespaceSchema, { namespace: null, signal: neverAborted }, ["netns", "list"]),
);

/**
 * The number by which the kernel tells of a namespace in this one (ip-netns(8), `set`); one is assigned when there is none.
 *
 * @throws BootError `namespace-gone`
 */
export async function readNamespaceId(namespace: string): Promise<number> {
  const read = async () => (await readNamespaceIds()).find(({ name }) => name === namespace)?.id;
  const found = await read();
  if (found !== undefined) return found;
  const node = { namespace: null, signal: neverAborted };
  await ip(node, "netns", "set", namespace, "auto").catch((error: unknown) => {
    if (!(error instanceof BootError && error.code === "exists")) throw error;
  });
  const id = await read();
  if (id === undefined) throw new BootError("namespace-gone", `namespace ${namespace} is gone`);
  return id;
}

/** What `ip -j rule show` prints. */
export const routingRulesSchema = v.array(
  v.looseObject({
    priority: v.number(),
    iif: v.optional(v.string()),
    table: v.optional(v.string()),
    action: v.optional(v.string()),
  }),
);

/** Routing policy rules (ip-rule(8)). */
export type RoutingRules = v.InferOutput<typeof routingRulesSchema>;

/** Routing policy rules that `ip -j rule show` has printed. */
export function routingRulesIn(text: string): RoutingRules {
  return parseJson(routingRulesSchema, text, "ip -j rule show");
}

const familyOption: Record<Family, string> = { v4: "-4", v6: "-6" };

type Outputs<Schemas extends readonly v.GenericSchema[]> = {
  [Index in keyof Schemas]: v.InferOutput<Schemas[Index]>;
};

/** Runs several ip(8) commands as one process, of which as many print something as there are schemas. */
export async function readBatch<const Schemas extends readonly v.GenericSchema[]>(
  schemas: Schemas,
  place: Place,
  lines: string[],
): Promise<Outputs<Schemas>> {
  const argv = ipCommand(place, "-j", "-d", "-batch", "-");
  const { stdout } = await runInTurn(argv, { input: `${lines.join("\n")}\n`, signal: place.signal });
  const printed = stdout.trimEnd().split("\n");
  return schemas.map((schema, index) => parseJson(schema, printed[index] ?? "", lines.join("; "))) as Outputs<Schemas>;
}

async function readJson<T>(schema: v.GenericSchema<unknown, T>, place: Place, args: string[]): Promise<T> {
  const argv = ipCommand(place, "-j", ...args);
  const { stdout } = await runInTurn(argv, { signal: place.signal });
  return parseJson(schema, stdout, argv.join(" "));
}

/**
 * Parses a command's JSON against a schema; no output at all is an empty list, as ip(8) prints it.
 *
 * @throws BootError `bad-output` that says where it differs from what this program knows
 */
export function parseJson<T>(schema: v.GenericSchema<unknown, T>, text: string, command: string): T {
  let data: unknown;
  try {
    data = text.trim() === "" ? [] : JSON.parse(text);
  } catch (error) {
    throw new BootError("bad-output", `${command} printed no JSON: ${text.slice(0, 80)}`, { command, cause: error });
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BootError(
    "bad-output",
    `${command} printed an unknown shape at ${v.getDotPath(issue) ?? "top"}: ${issue.message}`,
    {
      command,
    },
  );
}

async function unlessGone<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BootError && (error.code === "link-gone" || error.code === "namespace-gone")) return otherwise;
    throw error;
  }
}
