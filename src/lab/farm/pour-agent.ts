import { connect, createServer, isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Takes all that is sent to it by TCP, and throws it away. */
export async function sink(port: number): Promise<void> {
  const server = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
  await new Promise<void>((resolve) => server.listen(port, "::", resolve));
  process.stdout.write("ready\n");
}

/** Sends as much as goes by one TCP connection for some time; gives the bytes that went in a second. */
export async function pour(address: string, port: number, ms: number): Promise<number> {
  const socket = connect({ host: address, port, family: isIPv6(address) ? 6 : 4 });
  await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("error", reject));
  const chunk = Buffer.alloc(1_048_576);
  // One after the other, and not at once: where all is taken at once, nothing else would have its turn.
  const more = () => socket.write(chunk, (error) => error ?? setImmediate(more));
  const startedAt = performance.now();
  more();
  await delay(ms);
  const went = socket.bytesWritten - socket.writableLength;
  const seconds = (performance.now() - startedAt) / 1_000;
  socket.destroy();
  return Math.round(went / seconds);
}
