/**
 * Kernel parameters (ip-sysctl.rst of the kernel's documentation) as paths below /proc/sys, in the order in which they
 * must be written.
 */
type Sysctls = Record<string, number>;

/** A link that only carries frames for something above it takes no part in IPv6. */
export function ipv6Off(link: string): Sysctls {
  return { [`net/ipv6/conf/${link}/disable_ipv6`]: 1 };
}

/** A link that has fixed IPv6 addresses, also where the kernel was told to leave IPv6 off at first (`ipv6.disable_ipv6=1`). */
export function ipv6On(link: string): Sysctls {
  return { [`net/ipv6/conf/${link}/disable_ipv6`]: 0 };
}

/**
 * A link that has no IPv4 address of its own answers ARP for none of the others that the kernel has (arp(7), arp_ignore): a
 * network is told one MAC address for each, and whoever asks whether an address is somebody else's hears none of ours.
 */
export function answersForItself(link: string): Sysctls {
  return { [`net/ipv4/conf/${link}/arp_ignore`]: 1 };
}

/** Addresses that a link had before are its own: they are used at once, without duplicate address detection. */
export function ownDuplicates(link: string): Sysctls {
  return { [`net/ipv6/conf/${link}/accept_dad`]: 0 };
}

/** What a link had, all but duplicate address detection, and IPv6 last: it begins by the other parameters. */
export function autoconfiguredAgain(link: string, original: Sysctls): Sysctls {
  const conf = `net/ipv6/conf/${link}`;
  const last = `${conf}/disable_ipv6`;
  const others = Object.entries(original).filter(([path]) => path !== last && path !== `${conf}/accept_dad`);
  return { ...Object.fromEntries(others), ...(original[last] === undefined ? {} : { [last]: original[last] }) };
}

/**
 * A link in a probe's namespace: no traffic but the probe's flows, so duplicate address detection is left out and the router
 * is solicited at once, by an IPv6 that begins anew where the link is up already.
 */
export function probed(link: string): [string, number][] {
  const conf = `net/ipv6/conf/${link}`;
  return [
    [`${conf}/accept_dad`, 0],
    [`${conf}/router_solicitation_delay`, 0],
    [`${conf}/use_tempaddr`, 0],
    [`${conf}/disable_ipv6`, 1],
    [`${conf}/disable_ipv6`, 0],
  ];
}

/**
 * A link that gets its address by SLAAC and carries traffic: addresses are used while duplicate address detection runs
 * (RFC 4429), are derived from the MAC, and advertisements are taken even when forwarding is on (accept_ra 2).
 */
export function autoconfigured(link: string): Sysctls {
  const conf = `net/ipv6/conf/${link}`;
  return {
    [`${conf}/disable_ipv6`]: 0,
    [`${conf}/accept_ra`]: 2,
    [`${conf}/addr_gen_mode`]: 0,
    [`${conf}/use_tempaddr`]: 0,
    [`${conf}/optimistic_dad`]: 1,
    [`${conf}/use_optimistic`]: 1,
    [`${conf}/router_solicitation_delay`]: 0,
  };
}

/** Defaults of ndmz: a new link takes no advertisements until it is told to. */
export const ndmzDefaults: Sysctls = { "net/ipv6/conf/default/accept_ra": 0 };

/**
 * A gateway is asked now and then whether it is still there, after 2 s instead of 30 s (arp(7), base_reachable_time): one that
 * dies behind a live switch is noticed within seconds. Only those are asked that traffic goes to, or that the kernel was told
 * to ask (`managed`, ip-neighbour(8)).
 */
export function soonDoubted(link4: string, link6: string): Sysctls {
  const neigh = [`net/ipv4/neigh/${link4}`, `net/ipv6/neigh/${link6}`];
  return Object.fromEntries(
    neigh.flatMap((each) => [
      [`${each}/base_reachable_time_ms`, 2_000],
      [`${each}/delay_first_probe_time`, 1],
      [`${each}/retrans_time_ms`, 500],
    ]),
  );
}

/** IPv6 is not forwarded. */
export const forwarding6Off: Sysctls = { "net/ipv6/conf/all/forwarding": 0 };

/**
 * Forwarding in ndmz, switched on when the rules that filter it are in place. The kernel uses no optimistic addresses
 * while it forwards, and purges the routes that advertisements gave on links whose accept_ra is not 2.
 */
export const forwarding: Sysctls = { "net/ipv4/ip_forward": 1, "net/ipv6/conf/all/forwarding": 1 };
