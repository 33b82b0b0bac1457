import type { Backoff } from "./backoff.ts";

/** How long something waits, and where the length comes from. */
export interface Delay {
  ms: number;
  source: string;
}

/** Attempts of one step before the boot falls back to another NIC or restarts. */
export const maxAttempts = 3;

/** DHCP servers of a network whose leases lead nowhere, one after the other, before all are heard again. */
export const maxShunned = 2;

/** Attempts to reach the Internet through a network that answers, before the other NICs are looked at again: some ten minutes. */
export const maxOutageAttempts = 20;

const fullJitter = 'Full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter"';

/** Mends in a row that are made at once. */
export const maxMends = 4;

/** One of so many self-checks reads the whole node too, and finds what the kernel tells nobody, such as most of its parameters. */
export const checksAStocktaking = 3;

/** Delays of the statecharts, by their names there. */
export const timing = {
  stepBackoff: {
    baseMs: 250,
    capMs: 8_000,
    source: `${fullJitter}; at most ${maxAttempts} attempts, but waitIpv6 goes on`,
  },
  solicitBackoff: { baseMs: 250, capMs: 8_000, source: `${fullJitter}; at most ${maxAttempts} attempts` },
  remoteBackoff: {
    baseMs: 1_000,
    capMs: 60_000,
    source: `${fullJitter}; at most ${maxOutageAttempts} attempts, some ten minutes`,
  },
  seekBackoff: {
    baseMs: 4_000,
    capMs: 60_000,
    source: `${fullJitter}; each time the other NICs ask for leases anew`,
  },
  restartBackoff: {
    baseMs: 1_000,
    capMs: 60_000,
    source: `${fullJitter}; the cap is what a farmer is willing to wait after an outage`,
  },
  serviceBackoff: { baseMs: 100, capMs: 2_000, source: "zinit waits 2 s before it starts a service again" },
  routerGrace: {
    ms: 520,
    source: "RFC 4861 section 10: MAX_RA_DELAY_TIME is 500 ms; 20 ms more for the way",
  },
  reportGrace: {
    ms: 4_000,
    source: "RFC 4861 section 6.2.6: 3 s between multicast advertisements",
  },
  exitTimeout: {
    ms: 5_000,
    source: "For NICs that only now get their carrier; no more than a switch port without spanning tree needs",
  },
  leaseSilence: {
    ms: 7_000,
    source: "RFC 2131 section 4.1: DISCOVER is repeated after 4 s, 1 s more or less; both are without an answer then",
  },
  declineGrace: {
    ms: 30_000,
    source:
      "RFC 2131 section 3.1: 10 s after a DHCPDECLINE; RFC 5227 section 1.1: 7 s to see that the next address is free; once more for doubt",
  },
  leaseGrace: {
    ms: 250,
    source:
      "DHCP servers on the link were measured to need 30 to 120 ms to offer and acknowledge; as much again for doubt",
  },
  settleAnswers: { minMs: 50, maxMs: 1_000, source: "NICs of one node answer about equally fast" },
  settleProofs: { minMs: 50, maxMs: 1_000, source: "NICs of one node lead equally far" },
  solicitAgain: {
    baseMs: 4_000,
    capMs: 3_600_000,
    source: "RFC 7559 section 2: IRT and MRT, with the jitter of RFC 8415 section 15",
  },
  addressTimeout: {
    ms: 12_000,
    source: "RFC 2131 section 4.1: a client waits 4 s before it asks again, then 8 s",
  },
  lossGrace: {
    ms: 250,
    source: "A flap shorter than this is not a loss: a veth or switch port comes back within some 100 ms",
  },
  leaseRetry: {
    ms: 60_000,
    source: "RFC 2131 section 4.4.5: a client that renews or rebinds asks no more often than once in 60 s",
  },
  mendBackoff: {
    baseMs: 2_000,
    capMs: 60_000,
    source: `${fullJitter}; after ${maxMends} mends in a row`,
  },
  steady: { ms: 60_000, source: "Whoever undoes a mend does so sooner" },
  mendGrace: {
    ms: 20,
    source: "What comes in one turn of the kernel is looked at together; nothing but a step brings it back",
  },
  flapGrace: {
    ms: 4_000,
    source: "Autonegotiation takes 2 to 4 s (IEEE 802.3 clause 28)",
  },
  calm: {
    ms: 2_000,
    source: "A link that flaps is not tried at each flap; duplicate address detection takes up to 2 s",
  },
  exitReturn: { ms: 30_000, source: "Longer than spanning tree needs: an exit that flaps is not returned to" },
  registrarBackoff: {
    baseMs: 1_000,
    capMs: 120_000,
    source: `${fullJitter}; the cap is that of zos; what the registrar asks for (Retry-After) is added`,
  },
  busySpread: {
    ms: 120_000,
    source: "10 000 nodes that power up at once keep a registrar of 50 requests a second busy (`npm run sim:farm`)",
  },
  refusalRetry: {
    ms: 600_000,
    source: "What a person must put right is put right no sooner; half as long again at most",
  },
  reportInterval: {
    ms: 1_800_000,
    source: "A registrar counts a node as online for 40 minutes after its last report; a tenth less or more",
  },
  reportCalm: { ms: 60_000, source: "Addresses that change all the time are reported once a minute" },
  vantageSettle: {
    ms: 2_000,
    source: "Addresses of several routers come within a second or so, and duplicate address detection takes as long",
  },
  vantageInterval: {
    ms: 86_400_000,
    source: "What a router or an ISP changes is noticed within a day; a tenth less or more",
  },
  vantageBackoff: {
    baseMs: 5_000,
    capMs: 3_600_000,
    source: `${fullJitter}; what the vantage asks for (Retry-After) is added`,
  },
  gateCheck: { ms: 120_000, source: "A registrar may be out of reach because the uplink is lost: that is looked at" },
  selfCheck: {
    ms: 300_000,
    source:
      "Finds what no event tells, such as an Internet that is gone behind routers that answer; a quarter less or more, so that a farm's nodes do not ask at once",
  },
  providerCheck: {
    ms: 10_000,
    source:
      "the same where another provider may lead out: soon enough for connections, which wait 100 s (RFC 9293 section 3.8.3, R2)",
  },
} as const satisfies Record<
  string,
  Delay | (Backoff & { source: string }) | { minMs: number; maxMs: number; source: string }
>;
