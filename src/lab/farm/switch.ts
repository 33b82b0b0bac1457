import { run } from "../../os/run.ts";
import type { Layout, PortSecurity, Segment } from "../layouts/layout.ts";
import type { RouterPlan } from "../layouts/topology.ts";
import { inNamespace, ipBatch } from "./namespaces.ts";
import { portLines, switchOf } from "./nic-cables.ts";

/** What is plugged into switches by the farm itself. */
type Ground = Pick<Layout, "segments" | "nics">;

/** Switches a segment's switch on, with the ports of its routers and NICs. */
export async function configureSwitch(layout: Ground, routers: readonly RouterPlan[], segment: Segment): Promise<void> {
  const { name, portSecurity } = segment;
  const cables = routers.filter((plan) => plan.segment === name);
  await ipBatch(switchOf(name), [
    "link add switch type bridge mcast_snooping 0 stp_state 0",
    "link set switch up",
    ...cables.map(({ switchPort }) => `link set ${switchPort} master switch up`),
    ...portLines(layout, name),
  ]);
  if (portSecurity !== undefined)
    await run(inNamespace(switchOf(name), ["nft", "-f", "-"]), { input: securityRules(portSecurity) });
}

/** From now on: the routers' ports forward already, and go on; a NIC's port starts when it comes up (in 1/100 s). */
export async function startSpanningTree({ name, stpForwardDelayMs }: Segment): Promise<void> {
  if (stpForwardDelayMs === undefined) return;
  const delay = Math.round(stpForwardDelayMs / 10);
  await ipBatch(switchOf(name), [`link set switch type bridge forward_delay ${delay} stp_state 1`]);
}

function securityRules({ admits, violation }: PortSecurity): string {
  const isAdmitted =
    admits === "first"
      ? "iifname . ether saddr @admitted accept; iifname != @taken add @taken { iifname } add @admitted { iifname . ether saddr } accept;"
      : `ether saddr { ${admits.join(", ")} } accept;`;
  return `
table bridge security {
  set taken { type ifname; flags dynamic; size 4096; }
  set admitted { type ifname . ether_addr; flags dynamic; size 4096; }
  set shut { type ifname; flags dynamic; size 4096; }
  chain in {
    type filter hook prerouting priority 0;
    iifname @shut drop;
    iifname != "port*" accept;
    ${isAdmitted}
    ${violation === "shutdown" ? "add @shut { iifname }" : "counter"} drop;
  }
  chain out {
    type filter hook postrouting priority 0;
    oifname @shut drop;
  }
}
`;
}
