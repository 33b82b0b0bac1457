import { createSocket } from "node:dgram";
import { createServer, isIPv6 } from "node:net";
import { forEachLineOf } from "./lines.ts";

/**
 * Answers each datagram, and each line of a connection, with the same text and the address that it came from. On addresses of
 * its own, one by one: from a wildcard socket the kernel would choose which of them an answer has.
 */
export async function echo(ports: readonly number[], addresses: readonly string[]): Promise<void> {
  const places = ports.flatMap((port) => addresses.map((address) => ({ port, address })));
  await Promise.all(places.flatMap(({ port, address }) => [echoDatagrams(port, address), echoLines(port, address)]));
  process.stdout.write("ready\n");
}

async function echoDatagrams(port: number, address: string): Promise<void> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  socket.on("error", () => undefined); // A peer that is gone; the next datagram is answered all the same.
  socket.on("message", (message, peer) => {
    socket.send(`${message.toString()} ${peer.address}`, peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, address, resolve));
}

async function echoLines(port: number, address: string): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = socket.remoteAddress ?? "?";
    socket.on("error", () => socket.destroy());
    forEachLineOf(socket, (line) => socket.write(`${line} ${peer}\n`));
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
}
