import type { Layout } from "./layout.ts";
import { homeDual, homeIpv4, homeIpv6, nic, online, router } from "./parts.ts";

/** Networks that are not ready when the node is. */
export const lateLayouts: readonly Layout[] = [
  {
    name: "v6-late",
    summary: "one NIC behind a home router that has IPv6 40 s after the node's boot",
    segments: [
      {
        name: "home",
        router: router(homeIpv4, null, { later: { afterMs: 40_000, offer: router(homeIpv4, homeIpv6) } }),
      },
    ],
    nics: [nic("eth0", "home")],
    expected: online("eth0", { passes: [{ state: "waitIpv6", isRetried: true }] }),
  },
  {
    name: "no-gateway",
    summary: "one NIC whose network gets its gateway and IPv6 when the first round of probing is over",
    segments: [
      {
        name: "home",
        router: router({ ...homeIpv4, gateways: [] }, null, {
          later: { afterMs: 23_000, offer: router(homeIpv4, homeIpv6) },
        }),
      },
    ],
    nics: [nic("eth0", "home")],
    probeTimeoutMs: 20_000,
    expected: online("eth0", { passes: [{ state: "restart", isRetried: false }] }),
  },
  {
    name: "stp-30s",
    summary: "one NIC at a switch with spanning tree, whose port forwards 30 s after it came up",
    segments: [{ ...homeDual, stpForwardDelayMs: 15_000 }],
    nics: [nic("eth0", "home")],
    probeTimeoutMs: 20_000,
    expected: online("eth0"),
  },
  {
    name: "slow-offer",
    summary: "one NIC behind a home router whose DHCP server takes 3 s to offer an address",
    segments: [{ name: "home", router: router({ ...homeIpv4, isSlow: true }, homeIpv6) }],
    nics: [nic("eth0", "home")],
    expected: online("eth0"),
  },
];
