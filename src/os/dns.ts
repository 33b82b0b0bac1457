import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { addAbortSignal, Duplex } from "node:stream";
import type { Family } from "../contract.ts";
import { BootError } from "../errors.ts";
import { answerIn, type DnsAnswer, type DnsQuestion, queryOf } from "../policy/dns-message.ts";
import { commandIn, type Place } from "./ip.ts";
import { withDeadline } from "./deadline.ts";
import { openPipe } from "./run.ts";

const dnsPort = 53;
/** As often as glibc asks with what resolv.conf says here, three times. */
const againMs = 1_000;
const patienceSeconds = 3;

/**
 * Asks one DNS server for a host's addresses, over UDP; null when it does not answer in 3 s.
 *
 * @throws BootError `tool-missing`, `aborted`
 */
export async function askDns(
  place: Place,
  server: string,
  { host, family }: { host: string; family: Family },
): Promise<DnsAnswer | null> {
  const question: DnsQuestion = { id: randomInt(0x1_0000), host, family };
  try {
    return await withDeadline(patienceSeconds * 1_000, place.signal, (signal) =>
      exchange({ ...place, signal }, server, question),
    );
  } catch (error) {
    if (place.signal.aborted) throw new BootError("aborted", "a DNS server was not waited for", { cause: error });
    if (error instanceof BootError && error.code === "tool-missing") throw error;
    return null;
  }
}

async function exchange(place: Place, server: string, question: DnsQuestion): Promise<DnsAnswer | null> {
  const stream = addAbortSignal(place.signal, await openDatagrams(place, server));
  stream.on("error", () => undefined); // It fails for whoever reads it, too.
  const ask = () => stream.write(queryOf(question));
  const again = setInterval(ask, againMs);
  try {
    ask();
    for await (const message of stream as AsyncIterable<Buffer>) {
      const answer = answerIn(message, question);
      if (answer !== null) return answer;
    }
    return null;
  } finally {
    clearInterval(again);
    stream.destroy();
  }
}

/** What is written goes out as a datagram each; of its own namespace the program needs no nc(1). */
async function openDatagrams({ namespace, signal }: Place, server: string): Promise<Duplex> {
  if (namespace !== null)
    return openPipe(commandIn(namespace, "nc", "-u", "-w", String(patienceSeconds), server, String(dnsPort)));
  const socket = createSocket(server.includes(":") ? "udp6" : "udp4");
  const stream = new Duplex({
    readableObjectMode: true,
    read: () => undefined,
    write: (message: Buffer, _, done) => socket.send(message, (error) => done(error)),
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  stream.on("error", () => undefined); // It is told below, or to whoever reads.
  socket.on("message", (message) => stream.push(message));
  socket.on("error", (error) => stream.destroy(error));
  try {
    socket.connect(dnsPort, server);
    await once(socket, "connect", { signal });
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}
