"""DNS answers, errors of ICMP, connections and frames that nobody asked for."""

import random

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6MLQuery, ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6
from scapy.layers.l2 import STP, Dot1Q, Ether, LLC
from scapy.packet import Raw, fuzz

import words

INTERNET = {"ipv4": "198.51.100.10", "ipv6": "2001:db8:ffff::10", "dns": "198.51.100.53"}


def dns_body(question, name):
    """A message that is too large, that points at itself, that contradicts itself, or that is right but for the address."""
    lies = [("A", "6.6.6.6"), ("A", "127.0.0.1"), ("AAAA", "2001:db8:bad::6"), ("AAAA", "::1"), ("CNAME", name)]
    records = [DNSRR(rrname=name, type=kind, ttl=random.choice(words.HUGE), rdata=data)
               for kind, data in random.choices(lies, k=random.choice([1, 2, 20]))]  # fmt: skip
    head = dict(id=question.id if question else random.getrandbits(16), qr=random.choice([0, 1, 1, 1]), rcode=random.randrange(16),
                tc=random.randrange(2), qd=question.qd if question else DNSQR(qname="hub.grid.tf"))  # fmt: skip
    whole = DNS(**head, an=records[0])
    for each in records[1:]:
        whole.an /= each
    loop = bytes(DNS(**head)) + b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x0e\x10\x00\x02\xc0" + bytes([random.choice([12, 0x20, 0x29, 0xFF])])
    counts = bytearray(bytes(whole))
    counts[4:12] = random.randbytes(8)
    return random.choice([bytes(whole), loop, bytes(counts), bytes(whole)[: random.randrange(13)], random.randbytes(random.randrange(1400)),
                          bytes(whole) + words.text() * 4])  # fmt: skip


def dns(link, request):
    """In place of whoever was asked."""
    victim = random.choice(link["victims"])
    question = request[DNS] if request is not None and DNS in request else None
    body = dns_body(question, question.qd.qname if question is not None and question.qd else b"hub.grid.tf")
    if request is not None and IP in request and UDP in request:
        to, port, source = request[IP].src, request[UDP].sport, request[IP].dst
        mac = request[Ether].src
    else:
        to, port, source, mac = victim["ipv4"], random.randrange(1024, 65536), link["router"]["ipv4"], victim["mac"]
    return [Ether(src=link["mac"], dst=mac) / IP(src=source, dst=to) / UDP(sport=53, dport=port) / Raw(body)]


def errors(link, _):
    """About flows that there are, or could be."""
    victim = random.choice(link["victims"])
    mtu = random.choice(words.NUMBERS)
    port = random.choice([7000, 443, 80])
    quoted4 = IP(src=victim["ipv4"], dst=INTERNET["ipv4"]) / random.choice([TCP, UDP])(sport=random.randrange(1024, 65536), dport=port)
    icmp = random.choice([ICMP(type=3, code=4, nexthopmtu=mtu), ICMP(type=3, code=random.randrange(16)), ICMP(type=5, code=1, gw="192.168.1.66"),
                          ICMP(type=11), ICMP(type=12), ICMP(type=4), ICMP(type=9)])  # fmt: skip
    quoted6 = IPv6(src=random.choice(victim["ipv6"]), dst=INTERNET["ipv6"]) / random.choice([TCP, UDP])(sport=random.randrange(1024, 65536), dport=port)
    icmp6 = random.choice([ICMPv6PacketTooBig(mtu=mtu), ICMPv6DestUnreach(code=random.randrange(8)), ICMPv6TimeExceeded()])
    ether = Ether(src=link["mac"], dst=victim["mac"])
    return [ether / IP(src=random.choice([link["router"]["ipv4"], INTERNET["ipv4"]]), dst=victim["ipv4"]) / icmp / Raw(bytes(quoted4)),
            ether / IPv6(src=random.choice([link["router"]["ipv6"], INTERNET["ipv6"]]), dst=random.choice(victim["ipv6"])) / icmp6 / Raw(bytes(quoted6))]  # fmt: skip


def connections(link, _):
    """Beginnings of connections from everywhere, and ends of those that there are not."""
    frames = []
    for _ in range(50):
        victim = random.choice(link["victims"])
        tcp = TCP(sport=random.randrange(1, 65536), dport=random.choice([22, 80, 443, 7332, 7333, random.randrange(1, 65536)]),
                  seq=random.getrandbits(32), flags=random.choice(["S", "S", "R", "RA", "SA", "FPU", ""]))  # fmt: skip
        source = random.choice([INTERNET["ipv4"], victim["ipv4"], "127.0.0.1", f"203.0.113.{random.randrange(256)}"])
        ether = Ether(src=random.choice([link["mac"], link["router"]["mac"]]), dst=victim["mac"])
        frames.append(random.choice([
            ether / IP(src=source, dst=victim["ipv4"]) / tcp,
            ether / IPv6(src=random.choice([INTERNET["ipv6"], "2001:db8:1::66"]), dst=random.choice(victim["ipv6"])) / tcp,
        ]))  # fmt: skip
    return frames


def headers(link, _):
    """Headers of which each field is random, and pieces that overlap."""
    victim = random.choice(link["victims"])
    ether = Ether(src=link["mac"], dst=victim["mac"])
    offset, more = random.choice([0, 1, 2, 185, 8189]), random.choice(["MF", 0, "DF"])
    return [random.choice([
        ether / fuzz(IP(dst=victim["ipv4"])) / Raw(random.randbytes(random.randrange(400))),
        ether / IP(src=INTERNET["ipv4"], dst=victim["ipv4"], proto=17, id=66, frag=offset, flags=more) / Raw(random.randbytes(random.choice([0, 8, 1400]))),
        ether / fuzz(IPv6(dst=random.choice(victim["ipv6"]))) / Raw(random.randbytes(random.randrange(400))),
    ])]  # fmt: skip


def groups(link, _):
    """Questions about groups (RFC 2236, RFC 2710), which all must answer at once."""
    all6 = Ether(src=link["mac"], dst="33:33:00:00:00:01") / IPv6(src="fe80::66", dst="ff02::1", hlim=1)
    igmp = Raw(bytes([random.choice([0x11, 0x16, 0x17, 0x22]), random.choice([0, 1, 255])]) + random.randbytes(6))
    return [all6 / ICMPv6MLQuery(mrd=random.choice([0, 1, 65535]), mladdr=random.choice(["::", "ff02::16"])),
            Ether(src=link["mac"], dst="01:00:5e:00:00:01") / IP(src="192.168.1.66", dst="224.0.0.1", proto=2, ttl=1) / igmp]  # fmt: skip


def frames(link, _):
    """Frames from the victims' own addresses, with tags, of bridges, and too short ones."""
    victim = random.choice(link["victims"])
    mimic = random.choice([victim["mac"], link["router"]["mac"], "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
    return [random.choice([
        Ether(src=mimic, dst="ff:ff:ff:ff:ff:ff", type=random.choice([0x0800, 0x86DD, 0x88CC, 0x888E, 0x9000])) / Raw(random.randbytes(random.randrange(60))),
        Ether(src=link["mac"], dst=victim["mac"]) / Dot1Q(vlan=random.randrange(4096)) / IP(dst=victim["ipv4"]) / ICMP(),
        Ether(src=link["mac"], dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42) / STP(rootid=0, bridgeid=0),
        Ether(src=link["mac"], dst="01:80:c2:00:00:01", type=0x8808) / Raw(b"\0\1\xff\xff" + bytes(42)),
        Raw(random.randbytes(random.randrange(1, 14))),
    ])]  # fmt: skip


KINDS = {
    "dns-answers": (dns, 53, 0.1),
    "icmp-errors": (errors, None, 0.02),
    "tcp-storm": (connections, None, 0.1),
    "ip-headers": (headers, None, 0.02),
    "group-queries": (groups, None, 0.02),
    "odd-frames": (frames, None, 0.02),
}
