import { listNics } from "../../effects/list-nics.ts";
import type { Family, Goals, Nic, ProbeFacts, Settings } from "../contract.ts";
import { firstReachable } from "../os/connect.ts";
import { readNeighbour } from "../os/neighbour.ts";
import { readNicConfigs, type StandingNic } from "../os/nic-config.ts";
import { factsOf, type Tried, useOf } from "../policy/in-use.ts";
import { defaultGatewaysOf, isIpv6 } from "../policy/nic-config.ts";
import { isListed } from "../policy/selection.ts";

/** A NIC that somebody uses, as it stands. */
export interface UsedNic {
  facts: ProbeFacts;
  nic: Nic;
  use: string;
}

type Configs = Awaited<ReturnType<typeof readNicConfigs>>;

/**
 * The NICs that carry addresses, routes or other links, told as probes would tell of them. None of them is touched: what
 * leaves the node is a connection to a target in each family, by the node's own routes.
 */
export async function readUsedNics({ nicKinds, ignoreNics, ...settings }: Settings): Promise<UsedNic[]> {
  const [configs, { nics }] = await Promise.all([readNicConfigs(), listNics({ kinds: nicKinds }, neverAborted)]);
  const used = nics.flatMap((nic) => {
    const config = configs.get(nic.name);
    const use = config === undefined ? null : useOf(config);
    return config === undefined || use === null || isListed(nic.name, ignoreNics) ? [] : [{ nic, config, use }];
  });
  if (used.length === 0) return [];
  const reached = { v4: firstHop(configs, "v4"), v6: firstHop(configs, "v6") };
  const tryOn = async (nic: Nic, config: StandingNic): Promise<Tried> => {
    const tryIn = (family: Family) =>
      reached[family] === nic.name ? proofOf(nic, config, { family, goals: settings }) : null;
    const [v4, v6] = await Promise.all([tryIn("v4"), tryIn("v6")]);
    return { v4, v6 };
  };
  return Promise.all(
    used.map(async ({ nic, config, use }) => ({ nic, use, facts: factsOf(nic, config, await tryOn(nic, config)) })),
  );
}

const neverAborted = { signal: new AbortController().signal };

/** The link by which the node itself leaves: that of the default route with the lowest metric. */
function firstHop(configs: Configs, family: Family): string | null {
  const defaults = [...configs].flatMap(([name, { routes }]) =>
    routes
      .filter(({ dst, table = "main" }) => dst === "default" && table === "main")
      .filter((route) => isIpv6(route) === (family === "v6"))
      .map(({ metric = 0 }) => ({ name, metric })),
  );
  return defaults.toSorted((a, b) => a.metric - b.metric)[0]?.name ?? null;
}

async function proofOf(nic: Nic, config: StandingNic, { family, goals }: { family: Family; goals: Goals }) {
  const node = { namespace: null, ...neverAborted };
  const { reached, hindrance } = await firstReachable(node, { goals, families: [family] });
  const gateways = defaultGatewaysOf(config);
  const [address] = family === "v4" ? gateways.ipv4 : gateways.ipv6;
  const state = address === undefined ? null : await readNeighbour(node, { link: nic.name, address });
  const isAnswering =
    reached !== null || hindrance?.kind === "portal" || (state !== null && !["FAILED", "INCOMPLETE"].includes(state));
  return { gatewayAnswers: isAnswering, reached, hindrance, provenAtMs: performance.now() };
}
