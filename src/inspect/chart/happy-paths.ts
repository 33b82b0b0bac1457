/**
 * States that a healthy run visits, in that order, by machine; several lists where regions run side by side. Pictures put
 * them in one column and emphasise the way along them; generating fails when a machine has no such way any more.
 */
export const happyPaths = {
  boot: [
    [
      "boot.start",
      "boot.settle",
      "boot.recover",
      "boot.recover.attempt",
      "boot.internet",
      "boot.reached",
      "boot.enroll",
      "boot.networkd",
    ],
  ],
  internet: [
    [
      "internet.start",
      "internet.probe",
      "internet.probe.list",
      "internet.probe.watch",
      "internet.probe.watch.open",
      "internet.probe.watch.settle",
      "internet.probe.watch.settle.answers",
      "internet.selectGateway",
      "internet.bridge",
      "internet.bridge.attempt",
      "internet.register",
      "internet.register.client",
      "internet.register.address",
      "internet.register.resolver",
      "internet.reach",
      "internet.reach.attempt",
      "internet.selectExit",
      "internet.selectExit.listen",
      "internet.selectExit.tidy",
      "internet.selectExit.keep",
      "internet.reached",
    ],
  ],
  probe: [
    ["probe.carrier", "probe.carrier.attempt", "probe.isolate", "probe.isolate.attempt", "probe.listen", "probe.known"],
    [
      "probe.listen.v4.request",
      "probe.listen.v4.leased",
      "probe.listen.v4.ask",
      "probe.listen.v4.prove",
      "probe.listen.v4.known",
    ],
    ["probe.listen.v6.solicit", "probe.listen.v6.advertised", "probe.listen.v6.prove", "probe.listen.v6.known"],
    ["probe.listen.v6.solicit", "probe.listen.v6.solicit.hopeful"],
  ],
  enroll: [
    [
      "enroll.account",
      "enroll.node",
      "enroll.report",
      "enroll.enrolled",
      "enroll.enrolled.calm",
      "enroll.enrolled.watching",
    ],
  ],
  networkd: [
    [
      "networkd.ndmz",
      "networkd.ndmz.attempt",
      "networkd.ndmz.client",
      "networkd.waitIpv6",
      "networkd.waitIpv6.listen",
      "networkd.waitIpv6.listen.hopeful",
      "networkd.waitIpv6.listen.doubtful",
      "networkd.nat",
      "networkd.nat.attempt",
      "networkd.prove",
      "networkd.prove.attempt",
      "networkd.online",
    ],
  ],
  online: [["online.watching", "online.check"]],
  reachability: [
    [
      "reachability.waiting",
      "reachability.settled",
      "reachability.settled.quiet",
      "reachability.settled.asking",
      "reachability.settled.known",
    ],
  ],
  resolver: [["resolver.keeping"]],
  conflict: [["conflict.watching", "conflict.watching.settled", "conflict.watching.asking"]],
  rules: [["rules.renewing", "rules.standing"]],
  service: [["service.look", "service.running"]],
} satisfies Record<string, string[][]>;

/** The happy paths of a machine; none when it is not listed. */
export function happyPathsOf(machine: string): string[][] {
  return Object.entries(happyPaths).find(([name]) => name === machine)?.[1] ?? [];
}
