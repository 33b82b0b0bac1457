import { dirname, join } from "node:path";
import { execa } from "execa";
import ipaddr from "ipaddr.js";
import { BootError } from "../../errors.ts";
import { run } from "../../os/run.ts";
import { names } from "../../policy/names.ts";
import type { Farm } from "../farm/farm.ts";
import { hostNamespace } from "../farm/hosts.ts";
import { inNamespace } from "../farm/namespaces.ts";
import type { LabNode } from "../farm/node.ts";
import { attacker } from "./hostile-layout.ts";
import type { Block } from "./plan.ts";

/** A program that sends hostile packets on the node's segment. */
export interface Attack {
  kinds: readonly string[];
  /** Sends a block, as often as said; gives how many frames that were. */
  send: (block: Block, times: number) => Promise<number>;
  /** Who is on the link changes when a node boots. */
  aim: (farm: Farm) => Promise<void>;
  end: () => Promise<void>;
}

/** Debian's own, which finds Debian's packages. */
const python = "/usr/bin/python3";

/**
 * The kinds whose names begin so, or all.
 *
 * @throws BootError `bad-input` when none does
 */
export function kindsOf(kinds: readonly string[], beginning: string | null): string[] {
  const found = kinds.filter((each) => each.startsWith(beginning ?? ""));
  if (found.length === 0) throw new BootError("bad-input", `no kind begins with ${beginning}: ${kinds.join(", ")}`);
  return found;
}

/** Starts the attacker; every packet goes into a log. */
export async function startAttack(bundle: string, seed: number, log: string): Promise<Attack> {
  const program = join(dirname(bundle), "hostile", "attacker.py");
  const argv = [python, program, "lan", String(seed), log];
  const [file = "", ...args] = inNamespace(hostNamespace(attacker.name), argv);
  const child = execa(file, args, { stdin: "pipe", stderr: "inherit", buffer: false, reject: false });
  const answers = child.iterable();
  const next = async <Answer>() => {
    const answer = await answers.next();
    if (answer.done === true) throw new BootError("command-failed", "the attacker ended; needs Debian's python3-scapy");
    return JSON.parse(answer.value) as Answer;
  };
  const { kinds } = await next<{ kinds: string[] }>();
  let link: Link | null = null;
  return {
    kinds,
    send: async (block, times) => {
      child.stdin.write(`${JSON.stringify({ ...block, times, link })}\n`);
      return (await next<{ frames: number }>()).frames;
    },
    aim: async (farm) => {
      link = await linkOf(farm);
    },
    end: async () => {
      child.stdin.end();
      await child;
    },
  };
}

/** Somebody on the link, by all names. */
interface Neighbour {
  mac: string;
  ipv4: string;
  linkLocal: string;
  ipv6: string[];
}

/** Who is on the link; the last one is ndmz. */
interface Link {
  router: { mac: string; ipv4: string; ipv6: string; prefix: string };
  victims: Neighbour[];
}

interface Interface {
  ifname: string;
  address: string;
  addr_info?: { family: string; local: string; scope: string }[];
}

async function linkOf({ routers, node }: Farm): Promise<Link> {
  const [plan] = routers;
  if (plan === undefined) throw new BootError("bad-input", "the farm has no router");
  const read = async (argv: readonly string[]) => JSON.parse((await run(argv)).stdout) as Interface[];
  const [lan] = await read(inNamespace(plan.namespace, ["ip", "-j", "addr", "show", "dev", "lan"]));
  const prefix = plan.router.ipv6?.prefix.replace(/\/.*/, "") ?? "::";
  const [own, inner] = await Promise.all([interfacesIn(node, null), interfacesIn(node, names.ndmz)]);
  const victims = [
    [...own.filter(({ ifname }) => ifname === names.bridge), ...own.filter(({ ifname }) => ifname === "eth0")],
    inner.filter(({ ifname }) => ifname === names.npub6),
    inner.filter(({ ifname }) => ifname === names.npub4),
  ];
  return {
    router: {
      mac: lan?.address ?? "",
      ipv4: addressesIn(lan, "inet")[0] ?? "",
      ipv6: addressesIn(lan, "inet6", "link")[0] ?? "fe80::1",
      prefix,
    },
    victims: victims.flatMap(([first]) => (first === undefined ? [] : [neighbourOf(first, prefix)])),
  };
}

/** Who has no address yet is taken for one that he could have. */
function neighbourOf(link: Interface, prefix: string): Neighbour {
  const [ipv4 = "192.168.1.100"] = addressesIn(link, "inet");
  const [linkLocal = "fe80::1:2"] = addressesIn(link, "inet6", "link");
  const ipv6 = addressesIn(link, "inet6").filter((each) => ipaddr.IPv6.parse(each).range() !== "linkLocal");
  return { mac: link.address, ipv4, linkLocal, ipv6: ipv6.length > 0 ? ipv6 : [`${prefix}2`] };
}

function addressesIn(link: Interface | undefined, family: string, scope = "global"): string[] {
  return (link?.addr_info ?? [])
    .filter((each) => each.family === family && each.scope === scope)
    .map(({ local }) => local);
}

async function interfacesIn(node: LabNode, namespace: string | null): Promise<Interface[]> {
  const { stdout } = await node.run(["ip", "-j", "addr", "show"], { namespace }).catch(() => ({ stdout: "[]" }));
  return JSON.parse(stdout) as Interface[];
}
