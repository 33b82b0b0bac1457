import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { messageOf } from "../../errors.ts";
import { run } from "../../os/run.ts";
import { forEachLineOf } from "./lines.ts";

/** What a try of an address by TCP, UDP and ICMP echo came to: whether there was an answer. */
export interface Knocked {
  address: string;
  port: number;
  tcp: boolean;
  udp: boolean;
  icmp: boolean;
}

/** Long enough for a second SYN, which follows after 1 s (RFC 6298 section 2.1). */
const waitMs = 1_300;
const firstPort = 7_100;

/** The bytes that an ICMP echo carries in which a port's number is hidden. */
export function echoBytesOf(port: number): number {
  return 100 + port - firstPort;
}

/** The port whose number is hidden in an IP packet of this length: an echo's, with the headers of ICMP and IP (RFC 791, RFC 8200). */
export function portOfEcho(length: number, isV6: boolean): number {
  return length - 8 - (isV6 ? 40 : 20) - 100 + firstPort;
}

/** The port by which something is tried that has this number. */
export function knockPort(number: number): number {
  return firstPort + number;
}

/** Tries addresses, each as `ADDRESS@PORT`, all at once. */
export async function knock(targets: readonly string[]): Promise<Knocked[]> {
  const echoes = knockIcmp(targets);
  return Promise.all(
    targets.map(async (target) => {
      const [address = "", text] = target.split("@");
      const port = Number(text);
      const [tcp, udp, answering] = await Promise.all([knockTcp(address, port), knockUdp(address, port), echoes]);
      return { address, port, tcp, udp, icmp: answering.includes(target) };
    }),
  );
}

/** Tries them again and again until it is ended; ready when it has tried each once. */
export async function keepKnocking(targets: readonly string[]): Promise<never> {
  await knock(targets);
  process.stdout.write("ready\n");
  for (;;) await knock(targets);
}

/** Who refuses has answered. */
function knockTcp(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, family: isIPv6(host) ? 6 : 4 });
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(waitMs, () => resolve(false));
    socket.on("connect", () => resolve(true));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  }).finally(() => socket.destroy());
}

/** A port of which the kernel says that nobody is there has answered too (RFC 1122 section 4.1.3.3). */
function knockUdp(host: string, port: number): Promise<boolean> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const send = () => socket.send("knock", () => undefined);
  const again = setTimeout(send, waitMs / 2);
  return new Promise<boolean>((resolve) => {
    socket.on("message", () => resolve(true));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    setTimeout(() => resolve(false), waitMs);
    socket.connect(port, host, send);
  }).finally(() => {
    clearTimeout(again);
    socket.close();
  });
}

/** By busybox, all by one shell; gives those who answered. */
async function knockIcmp(targets: readonly string[]): Promise<string[]> {
  const script =
    "while [ $# -gt 0 ]; do (busybox ping -q -c 1 -W 1 -s $2 ${1%@*} >&2 && echo $1) & shift 2; done; wait";
  const words = targets.flatMap((target) => [target, String(echoBytesOf(Number(target.split("@")[1])))]);
  return (await run(["sh", "-c", script, "sh", ...words])).stdout.split("\n");
}

/** What came of a transfer: the bytes that came back, or why they did not. */
export interface Transferred {
  address: string;
  bytes: number;
  error: string | null;
}

const transferMs = 8_000;

/** Sends an echo server one long line in a connection, and waits until all of it has come back. */
export async function transfer(address: string, port: number, bytes: number): Promise<Transferred> {
  const socket = connect({ host: address, port, family: isIPv6(address) ? 6 : 4 });
  try {
    const back = await new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error("timeout")), transferMs).unref();
      socket.on("error", reject);
      forEachLineOf(socket, (line) => resolve(line.indexOf(" ")));
      socket.on("connect", () => socket.write(`${"x".repeat(bytes)}\n`));
    });
    return { address, bytes: back, error: null };
  } catch (error) {
    return { address, bytes: 0, error: messageOf(error) };
  } finally {
    socket.destroy();
  }
}
