import fc from "fast-check";
import type { Advert, Family, Lease, ProbeFacts, Proof } from "../../../src/contract.ts";
import { unprobed } from "../../../src/policy/selection.ts";

/** Gateways of each class; the class is all that may count. */
export const gateways = {
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1"],
  shared: ["100.64.0.1", "100.127.255.254"],
  public4: ["1.1.1.1", "198.51.100.1", "203.0.113.1"],
} as const;

/** Addresses that a router's prefixes lead to. */
export const prefixes = {
  unique: ["fd00::2/64", "fc12:3456::2/64"],
  global: ["2001:db8::2/64", "2a02:1234::2/64"],
} as const;

export function lease(gateway: string | null, rest: Partial<Lease> = {}): Lease {
  return {
    address: "10.0.0.9",
    prefixLength: 24,
    gateways: gateway === null ? [] : [gateway],
    server: null,
    dnsServers: [],
    searchList: [],
    mtuBytes: null,
    leaseSeconds: 3600,
    warnings: [],
    ...rest,
  };
}

export function advert(addresses: readonly string[], rest: Partial<Advert> = {}): Advert {
  return { routers: ["fe80::1"], addresses: [...addresses], dnsServers: [], ...rest };
}

export const proofs = {
  egress: { gatewayAnswers: true, reached: "example.net:443", hindrance: null, provenAtMs: 100 },
  gatewayOnly: { gatewayAnswers: true, reached: null, hindrance: null, provenAtMs: 100 },
  silent: { gatewayAnswers: false, reached: null, hindrance: null, provenAtMs: 100 },
} satisfies Record<string, Proof>;

/** A finished probe of a NIC with carrier on which nothing answered, unless said otherwise. */
export function probe(nic: string, rest: Partial<ProbeFacts> = {}): ProbeFacts {
  return {
    ...unprobed({ name: nic, mac: "02:00:00:00:00:01", mtuBytes: 1500, driver: null }),
    carrierAtMs: 10,
    listeningAtMs: 20,
    pending: [],
    ...rest,
  };
}

/** A NIC with an IPv4 gateway that leads to the Internet. */
export const good = (nic: string, gateway: string = gateways.private[0], rest: Partial<ProbeFacts> = {}) =>
  probe(nic, { lease: lease(gateway), proof4: proofs.egress, ...rest });

/** A NIC with a global IPv6 default route that leads to the Internet. */
export const good6 = (nic: string, rest: Partial<ProbeFacts> = {}) =>
  probe(nic, { advert: advert(["2001:db8::2/64"]), proof6: proofs.egress, ...rest });

const anyProof = fc.constantFrom(...Object.values(proofs));

const anyLease = fc
  .option(fc.constantFrom(...gateways.private, ...gateways.shared, ...gateways.public4))
  .map((gateway) => lease(gateway));

const anyAdvert = fc
  .record({
    hasRouter: fc.boolean(),
    addresses: fc.subarray([...prefixes.unique, ...prefixes.global]),
  })
  .map(({ hasRouter, addresses }) => advert(addresses, hasRouter ? {} : { routers: [] }));

/** What one family of a probe can come to: nothing, or something that is proven when it has a gateway. */
export const anyIpv4 = fc
  .record({ lease: fc.option(anyLease), proof4: anyProof })
  .map(({ lease: found, proof4 }) => ({ lease: found, proof4: found?.gateways.length ? proof4 : null }));
export const anyIpv6 = fc
  .record({ advert: fc.option(anyAdvert), proof6: anyProof })
  .map(({ advert: found, proof6 }) => ({ advert: found, proof6: found?.routers.length ? proof6 : null }));

const anyName = fc.constantFrom(
  ...["eth0", "eth1", "eth2", "eth9", "eth10", "eth11", "enp3s0", "enp3s0f1", "enp10s0", "eno1", "ETH1", "wlan0"],
);

const anyFacts = fc
  .record({
    nic: anyName,
    hasCarrier: fc.boolean(),
    ipv4: anyIpv4,
    ipv6: anyIpv6,
    pending: fc.subarray<Family>(["v4", "v6"]),
  })
  .map(({ nic, hasCarrier, ipv4, ipv6, pending }): ProbeFacts => {
    if (!hasCarrier) return probe(nic, { carrierAtMs: null, pending: ["v4", "v6"] });
    return probe(nic, { ...(pending.includes("v4") ? {} : ipv4), ...(pending.includes("v6") ? {} : ipv6), pending });
  });

/** What is known of all NICs of a node at some moment: each family of each NIC is either finished or still pending. */
export const anyProbes = fc.uniqueArray(anyFacts, { selector: ({ nic }) => nic, maxLength: 6 });

/** The same in another order. */
export function shuffled(all: readonly ProbeFacts[]): fc.Arbitrary<ProbeFacts[]> {
  return fc.shuffledSubarray([...all], { minLength: all.length });
}

/** What the probes may have come to when all NICs with carrier are done. */
export function completed(all: readonly ProbeFacts[]): fc.Arbitrary<ProbeFacts[]> {
  return fc.tuple(
    ...all.map((facts) =>
      facts.carrierAtMs === null
        ? fc.constant(facts)
        : fc.record({ ipv4: anyIpv4, ipv6: anyIpv6 }).map(({ ipv4, ipv6 }) => ({
            ...facts,
            ...(facts.pending.includes("v4") ? ipv4 : {}),
            ...(facts.pending.includes("v6") ? ipv6 : {}),
            pending: [],
          })),
    ),
  );
}
