import type { DhcpChoice } from "../src/contract.ts";
import type { Effects, Supervisor, Watches } from "../src/ports.ts";
import { askVantage } from "./ask-vantage.ts";
import { awaitAddress } from "./await-address.ts";
import { awaitCarrier } from "./await-carrier.ts";
import { awaitLeaseClientEnd } from "./await-lease-client-end.ts";
import { awaitNdmzIpv6 } from "./await-ndmz-ipv6.ts";
import { checkAddresses } from "./check-addresses.ts";
import { ensureAccount } from "./ensure-account.ts";
import { ensureBridge } from "./ensure-bridge.ts";
import { ensureLeaseClient } from "./ensure-lease-client.ts";
import { ensureNat } from "./ensure-nat.ts";
import { ensureNdmz } from "./ensure-ndmz.ts";
import { ensureNode } from "./ensure-node.ts";
import { ensureResolver } from "./ensure-resolver.ts";
import { findOwner } from "./find-owner.ts";
import { findLeaseClient } from "./find-lease-client.ts";
import { giveBackProbes } from "./give-back-probes.ts";
import { inspectNode } from "./inspect-node.ts";
import { isolateNic } from "./isolate-nic.ts";
import { keepExit } from "./keep-exit.ts";
import { listNics } from "./list-nics.ts";
import { proveEgress } from "./prove-egress.ts";
import { proveReach } from "./prove-reach.ts";
import { reachTargets } from "./reach-targets.ts";
import { recover } from "./recover.ts";
import { releaseNic } from "./release-nic.ts";
import { renewRules } from "./renew-rules.ts";
import { reportUptime } from "./report-uptime.ts";
import { requestLease } from "./request-lease.ts";
import { restartLeaseClient } from "./restart-lease-client.ts";
import { runLeaseClient } from "./run-lease-client.ts";
import { shunServers } from "./shun-servers.ts";
import { settleDevices } from "./settle-devices.ts";
import { solicitRouter } from "./solicit-router.ts";
import { keepResolver } from "./keep-resolver.ts";
import { watchInterfaces } from "./watch-interfaces.ts";
import { watchLease } from "./watch-lease.ts";
import { watchNics } from "./watch-nics.ts";
import { watchNode } from "./watch-node.ts";
import { watchUplink } from "./watch-uplink.ts";

/** What asks others in the Internet, for the node's life. */
const inquiries = { ensureAccount, ensureNode, reportUptime, askVantage };

/** What needs nobody to keep clients. */
const watches = { keepResolver, watchInterfaces, watchLease, watchNics, watchUplink };

/**
 * Every effect that the machines name, on this node, but for the claim, which is the program's own.
 *
 * @param live what effects read of the settings each time that they run, for it may change
 */
export function createEffects(
  supervisor: Supervisor,
  live: Readonly<{ dhcpClient: DhcpChoice }>,
): Omit<Effects, "claimNode"> & Watches {
  return {
    settleDevices,
    recover: recover(supervisor),
    giveBackProbes,
    listNics,
    awaitCarrier,
    isolateNic,
    requestLease: requestLease(live),
    findOwner,
    solicitRouter,
    proveEgress,
    shunServers,
    releaseNic,
    ensureBridge,
    ensureLeaseClient: ensureLeaseClient(supervisor, live),
    checkAddresses: checkAddresses(supervisor, live),
    restartLeaseClient: restartLeaseClient(supervisor, live),
    findLeaseClient,
    runLeaseClient,
    awaitLeaseClientEnd,
    awaitAddress,
    ensureResolver,
    proveReach,
    reachTargets,
    keepExit,
    ensureNdmz: ensureNdmz(supervisor),
    awaitNdmzIpv6,
    ensureNat,
    renewRules,
    inspectNode: inspectNode(supervisor),
    ...inquiries,
    ...watches,
    watchNode: watchNode(supervisor),
  };
}
