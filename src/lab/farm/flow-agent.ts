import { createSocket, type Socket as Datagrams } from "node:dgram";
import { renameSync, writeFileSync } from "node:fs";
import { connect, isIPv6, type Socket } from "node:net";
import { type FlowRecord, monotonicMs } from "./flow-record.ts";
import { forEachLineOf } from "./lines.ts";
import { createNewcomers } from "./newcomers.ts";

const sendEachMs = 20;
const newcomerEachMs = 100;
const writeEachMs = 100;
/** Answers come within a few milliseconds; on a machine with much to do, within a few periods. */
const usualGapMs = 100;
const newcomerTimeoutMs = 1_000;

/** The host that a flow is with, and what is known of it. */
interface Flow {
  record: FlowRecord;
  host: string;
  port: number;
}

/**
 * Runs flows with an echo server until it is ended: of each kind one numbered datagram or line every 20 ms, all on one
 * socket, and beside them new ones that show whether others would get through.
 *
 * @param file where it writes what it knows, ten times a second
 */
export function runFlows(file: string, port: number, hosts: readonly string[]): void {
  const flows = hosts.flatMap((host) => [begin("udp", host, port), begin("tcp", host, port)]);
  const write = () => {
    writeFileSync(
      `${file}.new`,
      JSON.stringify({ writtenMs: monotonicMs(), flows: flows.map(({ record }) => record) }),
    );
    renameSync(`${file}.new`, file);
  };
  write();
  setInterval(write, writeEachMs);
}

function begin(kind: FlowRecord["kind"], host: string, port: number): Flow {
  const newcomers = createNewcomers(3 * newcomerTimeoutMs);
  const record: FlowRecord = {
    family: isIPv6(host) ? "v6" : "v4",
    kind,
    ...{ sent: 0, answered: 0, lastAnswerMs: null, gaps: [], failedMs: null, sources: [] },
    newcomers: newcomers.known,
  };
  const flow = { record, host, port };
  const send = kind === "udp" ? datagramsOf(flow) : linesOf(flow);
  setInterval(() => {
    if (record.failedMs !== null) return;
    record.sent++;
    send(String(record.sent));
  }, sendEachMs);
  setInterval(() => void tryNewcomer(flow, newcomers), newcomerEachMs);
  return flow;
}

/** Datagrams from one port. */
function datagramsOf({ record, host, port }: Flow): (text: string) => void {
  const socket = openDatagrams(host);
  socket.on("message", (message) => noteAnswer(record, message.toString()));
  return (text) => socket.send(text, port, host, () => undefined); // Where the kernel has no route it says so: a loss.
}

/** Lines on one connection, which is made until it is once. */
function linesOf({ record, host, port }: Flow): (text: string) => void {
  let socket: Socket | null = null;
  const open = () => {
    const opened = connect({ host, port, noDelay: true });
    opened.on("connect", () => (socket = opened));
    opened.on("error", () => undefined);
    opened.on("close", () => {
      if (socket === opened) record.failedMs = monotonicMs();
      else setTimeout(open, newcomerEachMs);
    });
    forEachLineOf(opened, (line) => noteAnswer(record, line));
  };
  open();
  return (text) => socket?.write(`${text}\n`);
}

function openDatagrams(host: string): Datagrams {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.on("error", () => undefined);
  return socket;
}

function noteAnswer(record: FlowRecord, said: string): void {
  const nowMs = monotonicMs();
  const source = said.split(" ").at(-1) ?? "?";
  const { lastAnswerMs, gaps, sources } = record;
  if (lastAnswerMs !== null && nowMs - lastAnswerMs > usualGapMs) gaps.push([lastAnswerMs, nowMs]);
  if (!sources.includes(source)) sources.push(source);
  record.lastAnswerMs = nowMs;
  record.answered++;
}

/** Tries once, as somebody would who begins to use the network now. */
async function tryNewcomer(
  { record: { kind }, host, port }: Flow,
  { noteGood, noteFailure }: ReturnType<typeof createNewcomers>,
): Promise<void> {
  const begunMs = monotonicMs();
  if (await (kind === "udp" ? isAnswered(host, port) : isConnected(host, port)))
    noteGood({ begunMs, answeredMs: monotonicMs() });
  else noteFailure(begunMs);
}

function isAnswered(host: string, port: number): Promise<boolean> {
  const socket = openDatagrams(host);
  return new Promise<boolean>((resolve) => {
    socket.on("message", () => resolve(true));
    setTimeout(resolve, newcomerTimeoutMs, false);
    socket.send("new", port, host, () => undefined);
  }).finally(() => socket.close());
}

function isConnected(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, noDelay: true });
  return new Promise<boolean>((resolve) => {
    socket.on("connect", () => socket.write("new\n"));
    socket.on("data", () => resolve(true));
    socket.on("error", () => resolve(false));
    setTimeout(resolve, newcomerTimeoutMs, false);
  }).finally(() => socket.destroy());
}
