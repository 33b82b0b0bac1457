import type { Settings } from "../../contract.ts";
import type { Backoff } from "../../policy/backoff.ts";
import { type Delay, timing } from "../../policy/timing.ts";

/** How long a delay is, in words, and where its length comes from. */
export interface DelaySource {
  value: string;
  source: string;
}

/**
 * Length and source of every delay of the statecharts, by name.
 *
 * @param settings their lengths are shown for delays that a configuration sets
 */
export function delaySources(
  settings: Pick<Settings, "probeTimeoutMs" | "preferPrivateMs">,
): Readonly<Record<string, DelaySource>> {
  const { routerGrace, reportGrace, settleAnswers, settleProofs, mendGrace, flapGrace, ...others } = timing;
  const { busySpread, providerCheck, ...plain } = others;
  return {
    ...Object.fromEntries(Object.entries(plain).map(([name, delay]) => [name, plainSource(delay)])),
    lossGrace: {
      value: `${ms(plain.lossGrace.ms)}; ${ms(flapGrace.ms)} for the carrier of the only NIC; ${ms(mendGrace.ms)} for ndmz and its rules`,
      source: `${plain.lossGrace.source}; ${flapGrace.source}; ${mendGrace.source}`,
    },
    registrarBackoff: {
      value: `${backoff(plain.registrarBackoff)}; random, up to ${ms(busySpread.ms)}, when it was busy`,
      source: `${plain.registrarBackoff.source}; ${busySpread.source}`,
    },
    routerGrace: {
      value: `${ms(routerGrace.ms)}; for a report ${ms(reportGrace.ms)}`,
      source: `${routerGrace.source}; ${reportGrace.source.replace("RFC 4861 ", "")}`,
    },
    settleAnswers: {
      value: `until each NIC has listened twice as long as the best one until its gateway, ${bounds(settleAnswers)}`,
      source: settleAnswers.source,
    },
    settleProofs: {
      value: `as long as the best NIC needed from its gateway to its proof, ${bounds(settleProofs)}`,
      source: settleProofs.source,
    },
    deafGrace: {
      value: `${ms(plain.lossGrace.ms)}, doubled for each failure of the watch in a row, at most ${ms(plain.selfCheck.ms)}`,
      source: "the same as for a loss at first, and in the end as seldom as the node is checked without any reason",
    },
    selfCheck: {
      value: `${ms(plain.selfCheck.ms)}; ${ms(providerCheck.ms)} where there are several providers`,
      source: `${plain.selfCheck.source}; ${providerCheck.source}`,
    },
    ...settingSources(settings),
  };
}

function settingSources({ probeTimeoutMs, preferPrivateMs }: Parameters<typeof delaySources>[0]) {
  return {
    probeTimeout: {
      value: `${ms(probeTimeoutMs)} (setting \`probeTimeoutMs\`)`,
      source:
        "Long enough for DHCP on most networks; a switch port that blocks for 30 s (STP) is caught by the next round",
    },
    preferPrivate: {
      value: `${ms(preferPrivateMs)} (setting \`preferPrivateMs\`)`,
      source: "How long a node that has a public uplink waits for a private one",
    },
  };
}

function plainSource(delay: Delay | (Backoff & { source: string })): DelaySource {
  return { value: "ms" in delay ? ms(delay.ms) : backoff(delay), source: delay.source };
}

function backoff({ baseMs, capMs }: Backoff): string {
  return `random, up to ${ms(baseMs)}, doubled with each attempt, at most ${ms(capMs)}`;
}

function bounds({ minMs, maxMs }: { minMs: number; maxMs: number }): string {
  return `from ${ms(minMs)} to ${ms(maxMs)}`;
}

function ms(value: number): string {
  return value < 1000 ? `${value} ms` : `${value / 1000} s`;
}
