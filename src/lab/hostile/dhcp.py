"""DHCPv4 servers that nobody should believe (RFC 2131, options of RFC 2132, RFC 3442 and RFC 3397)."""

import random
import socket

from scapy.layers.dhcp import BOOTP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw, fuzz

import words

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM, FORCERENEW = range(1, 10)
COOKIE = b"\x63\x82\x53\x63"
ROGUE = "192.168.1.66"
TEXT_OPTIONS = [12, 14, 15, 17, 18, 40, 47, 56, 60, 62, 64, 66, 67, 100, 101, 114, 119, 120, 125, 252]


def ip4(address):
    return socket.inet_aton(address)


def option(code, value):
    return bytes([code, len(value[:255])]) + value[:255]


def asked(request):
    """Transaction, client's MAC address, kind of the request and the address that it asks for; made up without one."""
    if request is None or BOOTP not in request:
        return None
    bootp = request[BOOTP]
    given = {o[0]: o[1] for o in request["DHCP options"].options if isinstance(o, tuple)} if "DHCP options" in request else {}
    return {"xid": bootp.xid, "chaddr": bootp.chaddr, "kind": given.get("message-type", 0),
            "address": given.get("requested_addr", bootp.ciaddr)}  # fmt: skip


def address_for(request):
    """What a believable server would give: what was asked for, or one of the rogue's own."""
    wanted = request["address"] if request else "0.0.0.0"
    return wanted if wanted != "0.0.0.0" and random.random() < 0.7 else f"192.168.1.{random.randrange(200, 250)}"


def kind_for(request):
    return {DISCOVER: OFFER, REQUEST: ACK}.get(request["kind"] if request else 0, random.choice([OFFER, ACK]))


def usual(server, kind):
    """The options of a server in order."""
    return [
        option(53, bytes([kind])),
        option(54, ip4(server)),
        option(51, (3600).to_bytes(4, "big")),
        option(1, ip4("255.255.255.0")),
        option(3, ip4(server)),
        option(6, ip4(server)),
    ]


def frame(link, request, options, **fields):
    """A server's message to whoever asked, or to one of those who might."""
    victim = random.choice(link["victims"])
    request = asked(request) if not isinstance(request, dict) else request
    server = fields.pop("server", random.choice([ROGUE, ROGUE, link["router"]["ipv4"]]))
    to = fields.pop("to", {"mac": "ff:ff:ff:ff:ff:ff", "ipv4": "255.255.255.255"})
    chaddr = request["chaddr"] if request else bytes.fromhex(victim["mac"].replace(":", "")) + bytes(10)
    given = {"yiaddr": address_for(request), "siaddr": server, "sname": b"", "file": b"", **fields}
    bootp = BOOTP(op=2, xid=request["xid"] if request else random.getrandbits(32), chaddr=chaddr, **given)
    bootp.options = COOKIE
    packet = Ether(src=link["mac"], dst=to["mac"]) / IP(src=server, dst=to["ipv4"]) / UDP(sport=67, dport=68)
    return packet / bootp / Raw(b"".join(options))


def texts(link, request):
    server = random.choice([ROGUE, link["router"]["ipv4"]])
    chosen = random.sample(TEXT_OPTIONS, random.randrange(1, 6))
    options = usual(server, kind_for(asked(request))) + [option(code, words.text()) for code in chosen] + [b"\xff"]
    return [frame(link, request, options, server=server, sname=words.text()[:64], file=words.text()[:128])]


def overload(link, request):
    """Option 52 with options in `sname` and `file`: lying, ending nowhere, naming itself again (RFC 2131 section 4.1)."""
    hidden = b"".join(random.choices([option(52, b"\x03"), option(3, ip4("127.0.0.1")), option(15, words.text()[:40]),
        option(51, bytes(4)), b"\0" * 9, b"\xff", option(6, ip4("6.6.6.6") * 3), b"\x0c\xff"], k=8))  # fmt: skip
    options = usual(ROGUE, kind_for(asked(request))) + [option(52, bytes([random.choice([0, 1, 2, 3, 4, 255])]))]
    ending = random.choice([[b"\xff"], []])
    return [frame(link, request, options + ending, server=ROGUE, sname=hidden[:64], file=hidden[:128])]


def lengths(link, request):
    options = usual(ROGUE, kind_for(asked(request)))
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(options))
        told = random.choice([0, 1, 3, 5, 127, 254, 255])
        options[at] = random.choice([
            options[at][:1] + bytes([told]) + options[at][2:],
            options[at][:1] + bytes([told]) + random.randbytes(told),
            options[at][:1],
            options[at] * random.randrange(1, 30),
        ])  # fmt: skip
    if random.random() < 0.3:
        random.shuffle(options)
    built = frame(link, request, options + [random.choice([b"\xff", b""])], server=ROGUE)
    if random.random() < 0.3:
        raw = bytes(built)
        return [Raw(raw[: random.randrange(42, len(raw))])]
    return [built]


def routes(link, request):
    def route():
        bits = random.choice([0, 0, 1, 1, 8, 16, 24, 30, 31, 32, 33, 64, 255])
        destination = random.choice([bytes(4), ip4("128.0.0.0"), random.randbytes(4)])[: min(4, (bits + 7) // 8)]
        gateway = ip4(random.choice([ROGUE, link["router"]["ipv4"], *words.IPV4]))
        return bytes([bits]) + destination + gateway

    value = b"".join(route() for _ in range(random.choice([1, 2, 8, 30, 120])))
    pieces = [value[at : at + 255] for at in range(0, len(value), 255)][:4]
    options = usual(ROGUE, kind_for(asked(request))) + [option(121, piece) for piece in pieces] + [b"\xff"]
    return [frame(link, request, options, server=ROGUE)]


def numbers(link, request):
    values = [
        option(51, random.choice(words.HUGE).to_bytes(4, "big")),
        option(58, random.choice(words.HUGE).to_bytes(4, "big")),
        option(59, random.choice(words.HUGE).to_bytes(4, "big")),
        option(26, random.choice(words.NUMBERS).to_bytes(2, "big")),
        option(1, ip4(random.choice(["0.0.0.0", "255.0.255.0", "255.255.255.255", "0.0.0.255", "128.0.0.0"]))),
        option(3, b"".join(ip4(each) for each in random.choices(words.IPV4, k=random.choice([1, 2, 16, 60])))),
        option(6, b"".join(ip4(each) for each in random.choices(words.IPV4, k=random.choice([1, 3, 60])))),
        option(28, ip4(random.choice(words.IPV4))),
        option(54, ip4(random.choice(words.IPV4))),
        option(2, random.randbytes(4)),
        option(23, random.choice([b"\0", b"\1", b"\xff"])),
    ]
    options = [option(53, bytes([kind_for(asked(request))])), option(54, ip4(ROGUE)), *random.sample(values, 6), b"\xff"]
    fields = {"yiaddr": random.choice(words.IPV4)} if random.random() < 0.4 else {}
    return [frame(link, request, options, server=ROGUE, **fields)]


def refusals(link, request):
    server = random.choice([ROGUE, link["router"]["ipv4"]])
    options = [option(53, bytes([NAK])), option(54, ip4(server)), option(56, words.text()), b"\xff"]
    return [frame(link, request, options, server=server, yiaddr="0.0.0.0")]


def flood(link, request):
    """Many servers at once, each with an offer of its own."""
    frames = []
    for _ in range(50):
        server = f"192.168.1.{random.randrange(2, 99)}"
        options = usual(server, kind_for(asked(request))) + [b"\xff"]
        frames.append(frame(link, request, options, server=server, yiaddr=f"192.168.1.{random.randrange(200, 255)}"))
    return frames


def to_npub4(link, request):
    """Straight to the client of ndmz, as if it had asked."""
    victim = link["victims"][-1]
    kind = random.choice([OFFER, ACK, NAK, FORCERENEW, 0, 18, 255])
    server = random.choice([ROGUE, link["router"]["ipv4"]])
    options = usual(server, kind) + [option(56, words.text()), b"\xff"]
    return [frame(link, request, options, server=server, to={"mac": victim["mac"], "ipv4": victim["ipv4"]})]


def nonsense(link, request):
    """Each field of the header at random, as scapy's fuzz() has it."""
    heard = asked(request)
    bootp = fuzz(BOOTP(op=random.choice([1, 2, 2, 2, 3]), xid=heard["xid"] if heard else 0, options=random.choice([COOKIE, b"\0" * 4])))
    packet = Ether(src=link["mac"], dst="ff:ff:ff:ff:ff:ff") / IP(src=ROGUE, dst="255.255.255.255")
    return [packet / UDP(sport=67, dport=68) / bootp / Raw(random.randbytes(random.randrange(300)))]


# How each packet is made, the port of the requests that it answers, and how long one is waited for (s).
KINDS = {
    "dhcp-texts": (texts, 67, 0.1),
    "dhcp-overload": (overload, 67, 0.1),
    "dhcp-lengths": (lengths, 67, 0.1),
    "dhcp-routes": (routes, 67, 0.1),
    "dhcp-numbers": (numbers, 67, 0.1),
    "dhcp-refusals": (refusals, 67, 0.1),
    "dhcp-flood": (flood, 67, 0.1),
    "dhcp-to-npub4": (to_npub4, 67, 0.1),
    "dhcp-nonsense": (nonsense, 67, 0.05),
}
