import type { Settings } from "../../contract.ts";
import type { Backoff } from "../../policy/backoff.ts";
import { maxAttempts, maxOutageAttempts, timing } from "../../policy/timing.ts";

/** How long a delay is, and where its length comes from. */
export interface DelaySource {
  value: string;
  source: string;
}

const fullJitter = 'Full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter"';

const backoffs = {
  stepBackoff: {
    value: backoff(timing.step),
    source: `${fullJitter}; at most ${maxAttempts} attempts, but waitIpv6 goes on`,
  },
  solicitBackoff: { value: backoff(timing.step), source: `${fullJitter}; at most ${maxAttempts} attempts` },
  remoteBackoff: {
    value: backoff(timing.restart),
    source: `${fullJitter}; at most ${maxOutageAttempts} attempts, some ten minutes`,
  },
  restartBackoff: {
    value: backoff(timing.restart),
    source: `${fullJitter}; the cap is what a farmer is willing to wait after an outage`,
  },
  serviceBackoff: { value: backoff(timing.service), source: "zinit waits 2 s before it starts a service again" },
};

const settleBounds = `from ${ms(timing.settleMinMs)} to ${ms(timing.settleMaxMs)}`;

const timeouts = {
  settleAnswers: {
    value: `until each NIC has listened twice as long as the best one until its gateway, ${settleBounds}`,
    source: "NICs of one node answer about equally fast",
  },
  settleProofs: {
    value: `as long as the best NIC needed from its gateway to its proof, ${settleBounds}`,
    source: "NICs of one node lead equally far",
  },
  addressTimeout: {
    value: ms(timing.addressMs),
    source: "RFC 2131 section 4.1: a client waits 4 s before it asks again, then 8 s",
  },
  routerGrace: {
    value: `${ms(timing.routerGraceMs)}; for a report ${ms(timing.reportGraceMs)}`,
    source:
      "RFC 4861 section 10: MAX_RA_DELAY_TIME is 500 ms; 20 ms more for the way; section 6.2.6: 3 s between multicast advertisements",
  },
  exitTimeout: {
    value: ms(timing.exitTimeoutMs),
    source: "For NICs that only now get their carrier; no more than a switch port without spanning tree needs",
  },
  leaseGrace: {
    value: ms(timing.leaseGraceMs),
    source:
      "DHCP servers on the link were measured to need 30 to 120 ms to offer and acknowledge; as much again for doubt",
  },
  ipv6Listen: {
    value: ms(timing.ipv6ListenMs),
    source: "RFC 4861 section 10: MAX_RTR_SOLICITATIONS times RTR_SOLICITATION_INTERVAL, less the last, idle interval",
  },
  deafGrace: {
    value: `${ms(timing.lossGraceMs)}, doubled for each failure of the watch in a row, at most ${ms(timing.selfCheckMs)}`,
    source: "the same as for a loss at first, and in the end as seldom as the node is checked without any reason",
  },
  lossGrace: {
    value: ms(timing.lossGraceMs),
    source: "A flap shorter than this is not a loss: a veth or switch port comes back within some 100 ms",
  },
  leaseRetry: {
    value: ms(timing.leaseRetryMs),
    source: "RFC 2131 section 4.4.5: a client that renews or rebinds asks no more often than once in 60 s",
  },
  selfCheck: {
    value: ms(timing.selfCheckMs),
    source: "Finds what no event tells, such as a rule that was removed by hand",
  },
};

/**
 * Length and source of every delay of the statecharts, by name.
 *
 * @param settings their lengths are shown for delays that a configuration sets
 */
export function delaySources(
  settings: Pick<Settings, "probeTimeoutMs" | "preferPrivateMs">,
): Readonly<Record<string, DelaySource>> {
  return {
    ...backoffs,
    ...timeouts,
    probeTimeout: {
      value: `${ms(settings.probeTimeoutMs)} (setting \`probeTimeoutMs\`)`,
      source:
        "Long enough for DHCP on most networks; a switch port that blocks for 30 s (STP) is caught by the next round",
    },
    preferPrivate: {
      value: `${ms(settings.preferPrivateMs)} (setting \`preferPrivateMs\`)`,
      source: "How long a node that has a public uplink waits for a private one",
    },
  };
}

function backoff({ baseMs, capMs }: Backoff): string {
  return `random, up to ${ms(baseMs)}, doubled with each attempt, at most ${ms(capMs)}`;
}

function ms(value: number): string {
  return value < 1000 ? `${value} ms` : `${value / 1000} s`;
}
