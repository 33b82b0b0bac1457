"""Texts and numbers that have broken programs before."""

import random

CANARY = b"/run/hostile"

TEXTS = [
    b"$(touch " + CANARY + b")",
    b"`touch " + CANARY + b"`",
    b";touch " + CANARY + b";",
    b"\ntouch " + CANARY + b"\n",
    b"|touch " + CANARY + b"|",
    b"&&touch " + CANARY + b"&&",
    b"';touch " + CANARY + b";'",
    b'";touch ' + CANARY + b';"',
    b"() { :;}; touch " + CANARY,
    b"\nnameserver 6.6.6.6\n",
    b"a\nsearch evil.example\noptions debug",
    b"a\0b=c\0reason=BOUND\0new_ip_address=6.6.6.6",
    b"../../../.." + CANARY,
    b"--config=" + CANARY,
    b"-c touch",
    b"%n%s%x%d",
    b"\x1b[2J\x1b]0;x\x07",
    b"__proto__",
    b'{"__proto__":{"x":1}}',
    "é€𝄞\u202e".encode(),
    b"\xff\xfe\x80\xc0",
    b"bad",
    b".",
    b"a" * 64 + b".b",
    b"a." * 127,
    b"*",
    b"",
]

NUMBERS = [0, 1, 2, 59, 60, 67, 68, 119, 120, 575, 576, 1279, 1280, 1281, 1500, 9000, 32767, 32768, 65535]
HUGE = [0, 1, 60, 3600, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
IPV4 = [
    "0.0.0.0", "0.0.0.1", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.1.1", "192.0.2.1",
    "192.168.1.0", "192.168.1.1", "192.168.1.66", "192.168.1.67", "192.168.1.255", "198.51.100.53", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
IPV6 = ["::", "::1", "::ffff:6.6.6.6", "fe80::66", "fe80::1", "fd00::1", "2001:db8:1::1", "2001:db8:bad::1", "ff02::1"]


def text():
    """One of the texts, or a few of them, or bytes of no meaning; 255 bytes at most."""
    if random.random() < 0.2:
        return random.randbytes(random.randrange(256))
    return b" ".join(random.choices(TEXTS, k=random.choice([1, 1, 1, 2, 4])))[:255]


def unicast_mac():
    return random.choice(["02:66:66:", "00:00:5e:"]) + random.randbytes(3).hex(":")


def mac():
    return random.choice(["02:66:66:", "00:00:5e:", "ff:ff:ff:"]) + random.randbytes(3).hex(":")
