/** Delays of the statecharts in milliseconds, each with its source. */
export const timing = {
  /** RFC 4861 section 10: a router answers a solicitation within MAX_RA_DELAY_TIME, 500 ms; 20 ms more for the way. */
  routerGraceMs: 520,
  /** RFC 4861 section 6.2.6: a router keeps 3 s between multicast advertisements, and delays one by up to 500 ms. */
  reportGraceMs: 4_000,
  /** For NICs that only now get their carrier; no more than a switch port without spanning tree needs. */
  exitTimeoutMs: 5_000,
  /** What DHCP servers on the link need to offer and acknowledge, measured at 30 to 120 ms, and as much again for doubt. */
  leaseGraceMs: 250,
  /** Waiting for more NICs after the first good one: as long again as that one needed, within these bounds. */
  settleMinMs: 50,
  settleMaxMs: 1_000,
  /** RFC 4861 section 10: MAX_RTR_SOLICITATIONS (3) times RTR_SOLICITATION_INTERVAL (4 s), less the last, idle interval. */
  ipv6ListenMs: 8_000,
  /** RFC 2131 section 4.1: a client waits 4 s before it asks again, then 8 s; the third attempt is ours. */
  addressMs: 12_000,
  /** A flap shorter than this is not a loss; a veth or switch port comes back within some 100 ms. */
  lossGraceMs: 250,
  /** RFC 2131 section 4.4.5: a client that renews or rebinds asks no more often than once in 60 s. */
  leaseRetryMs: 60_000,
  /** Netlink tells of every change; this finds what no event tells, such as a rule removed by hand. */
  selfCheckMs: 30_000,
  /** Backoff between the attempts of one step. */
  step: { baseMs: 250, capMs: 8_000 },
  /** Backoff before a DHCP client is started again; zinit waits 2 s. */
  service: { baseMs: 100, capMs: 2_000 },
  /** Backoff between rounds of the whole boot; the cap is what a farmer is willing to wait after an outage. */
  restart: { baseMs: 1_000, capMs: 60_000 },
} as const;

/** Attempts of one step before the boot falls back to another NIC or restarts. */
export const maxAttempts = 3;

/** Attempts to reach the Internet through a network that answers, before the other NICs are looked at again: some ten minutes. */
export const maxOutageAttempts = 20;
