import { bootMachine } from "../../machines/boot.ts";
import { internetMachine } from "../../machines/internet.ts";
import { networkdMachine } from "../../machines/networkd.ts";
import { probeMachine } from "../../machines/probe.ts";
import { actorsFor, watchLogic } from "./actor-logic.ts";
import type { Effects, NodeFacts, SightedNic, Watches } from "../contract.ts";

/** The boot's machines with the effects that they name: the whole program but for what surrounds it. */
export function composeBoot(effects: Effects & Watches) {
  const act = actorsFor(effects);
  return bootMachine.provide({
    actors: {
      watchUplink: watchLogic(effects.watchUplink, ({ missing }: { missing: string | null }) => ({
        type: "uplink.observed" as const,
        missing,
      })),
      watchNics: watchNicsLogic(effects),
      claimNode: act("claimNode"),
      settleDevices: act("settleDevices"),
      recover: act("recover"),
      giveBackProbes: act("giveBackProbes"),
      internet: composeInternet(effects),
      networkd: networkdMachine.provide({
        actors: {
          ensureNdmz: act("ensureNdmz"),
          ensureLeaseClient: act("ensureLeaseClient"),
          restartLeaseClient: act("restartLeaseClient"),
          awaitNdmzIpv6: act("awaitNdmzIpv6"),
          ensureNat: act("ensureNat"),
          inspectNode: act("inspectNode"),
          watchNics: watchNicsLogic(effects),
          watchNode: watchLogic(effects.watchNode, (facts: NodeFacts) => ({ type: "node.observed" as const, facts })),
        },
      }),
    },
  });
}

/** The one-time stage alone, as `zos-boot probe` runs it. */
export function composeInternet(effects: Omit<Effects, "claimNode"> & Pick<Watches, "watchNics">) {
  const act = actorsFor(effects);
  return internetMachine.provide({
    actors: {
      probe: probeMachine.provide({
        actors: {
          awaitCarrier: act("awaitCarrier"),
          isolateNic: act("isolateNic"),
          requestLease: act("requestLease"),
          solicitRouter: act("solicitRouter"),
          proveGateway4: act("proveEgress"),
          proveGateway6: act("proveEgress"),
        },
      }),
      listNics: act("listNics"),
      watchNics: watchNicsLogic(effects),
      releaseNic: act("releaseNic"),
      ensureBridge: act("ensureBridge"),
      ensureLeaseClient: act("ensureLeaseClient"),
      restartLeaseClient: act("restartLeaseClient"),
      awaitAddress: act("awaitAddress"),
      ensureResolver: act("ensureResolver"),
      reachTargets: act("reachTargets"),
    },
  });
}

function watchNicsLogic({ watchNics }: Pick<Watches, "watchNics">) {
  return watchLogic(watchNics, ({ nics }: { nics: SightedNic[] }) => ({ type: "nics.observed" as const, nics }));
}
