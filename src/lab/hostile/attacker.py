#!/usr/bin/python3
"""Sends hostile packets on a link, as one who hears everything there.

usage: attacker.py INTERFACE SEED LOG

Orders come as lines of JSON on stdin, each with a kind, the number of the first packet, how many, how many times each, and who
is on the link; each is answered by a line when it is done. A packet depends on seed and number alone, apart from what it
answers and to whom. Each goes into LOG as a line of JSON, with its frames in hex. Needs scapy 2.5 (Debian's python3-scapy).
"""

import json
import logging
import queue
import random
import socket
import sys
import threading

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)  # It misses routes that no packet here takes.

from scapy.layers.l2 import Ether

import dhcp
import misc
import nd

KINDS = {**dhcp.KINDS, **nd.KINDS, **misc.KINDS}
ETH_P_ALL = 3


def hear(link, heard, own):
    """Keeps the last requests of others for a DHCP or DNS server, by which port they asked."""
    while True:
        frame = link.recv(65535)
        if frame[6:12] == own:
            continue
        port = asked_port(frame)
        if port is not None:
            try:
                heard[port].put_nowait(Ether(frame))
            except (queue.Full, ValueError, IndexError):
                pass


def asked_port(frame):
    """67 or 53 when that is the UDP port that a frame goes to."""
    if len(frame) < 42:
        return None
    if frame[12:14] == b"\x08\x00" and frame[23] == 17:
        port = int.from_bytes(frame[36:38], "big")
    elif frame[12:14] == b"\x86\xdd" and frame[20] == 17 and len(frame) >= 62:
        port = int.from_bytes(frame[56:58], "big")
    else:
        return None
    return port if port in (67, 53) else None


def next_request(heard, port, pause):
    """What somebody asked just now, or None when nobody does within the pause."""
    try:
        return heard[port].get(timeout=pause)
    except queue.Empty:
        return None


def send(link, frames):
    sent = []
    for frame in frames:
        raw = bytes(frame)[:1514]
        try:
            link.send(raw.ljust(14, b"\0"))
            sent.append(raw.hex())
        except OSError as error:
            sent.append(f"{error}: {raw.hex()}")
    return sent


def obey(order, attack):
    """Does what an order says; gives how many frames went out."""
    make, port, pause = KINDS[order["kind"]]
    heard, link, log = attack["heard"], attack["link"], attack["log"]
    frames = 0
    for number in range(order["from"], order["from"] + order["count"]):
        for _ in range(order.get("times", 1)):
            request = next_request(heard, port or 0, pause)
            random.seed(f"{attack['seed']}/{order['kind']}/{number}")
            sent = send(link, make({**order["link"], "mac": attack["mac"]}, request))
            frames += len(sent)
            log.write(json.dumps({"number": number, "kind": order["kind"], "frames": sent}) + "\n")
    log.flush()
    return frames


def main():
    interface, seed, path = sys.argv[1:4]
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    link.bind((interface, 0))
    mac = link.getsockname()[4]
    heard = {port: queue.Queue(8) for port in (0, 53, 67)}
    threading.Thread(target=hear, args=(link, heard, mac), daemon=True).start()
    attack = {"seed": seed, "link": link, "heard": heard, "mac": mac.hex(":"), "log": open(path, "a")}
    print(json.dumps({"kinds": list(KINDS)}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps({"frames": obey(order, attack)}), flush=True)


main()
