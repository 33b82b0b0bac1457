import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createHistory } from "../../../../../src/inspect/recording/backlog.ts";
import { servePage } from "../../../../../src/inspect/page/server/page-server.ts";

const page = "<p>the page</p>";
const historyChars = 4 * 1_024 * 1_024;

async function served() {
  const history = createHistory(historyChars);
  const server = await servePage({
    ...{ address: { host: "127.0.0.1", port: 0 }, assets: { "/": { type: "text/html", text: page } } },
    ...{ history, mode: "live", clock: () => 7 },
  });
  onTestFinished(() => server.close());
  return { history, port: Number(new URL(server.url).port) };
}

/** A connection on which something is said, and no more. */
function saying(port: number, words: string): Socket {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined).write(words);
  return socket;
}

const request = (...lines: string[]) => `${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n`;
const asking = "GET / HTTP/1.1";
const own = "Host: localhost";

test.each([
  ["a header of 9 KB", request(asking, own, `Cookie: ${"x".repeat(9_000)}`), 431],
  ["a thousand headers", request(asking, own, ...Array.from({ length: 1_000 }, (_, n) => `X-${n}: yyyyyyyyyy`)), 431],
  ["a path of 9 KB", request(`GET /${"x".repeat(9_000)} HTTP/1.1`, own), 431],
  ["no host", request(asking), 400],
  ["two hosts, of which the first is a stranger's", request(asking, "Host: evil.example", own), 421],
  ["an address as its target", request("GET http://localhost/ HTTP/1.1", own), 404],
  ["a way out of the folder", request("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", own), 404],
  ["a body", request("POST /stream HTTP/1.1", own, "Content-Length: 1000000000"), 405],
  ["a method of its own", request("BREW / HTTP/1.1", own), 400],
  ["no HTTP at all", "\0\x01\x02 hello\r\n\r\n", 400],
  ["two lengths", request("POST / HTTP/1.1", own, "Content-Length: 4", "Transfer-Encoding: chunked"), 400],
])("a request with %s is refused", async (_, words, status) => {
  const { port } = await served();
  const answer = await text(saying(port, words));
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).not.toContain(page);
});

test("who begins a request and does not go on is let go within seconds", { timeout: 15_000 }, async () => {
  const { port } = await served();
  const slow = ["", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "].map((words) => saying(port, words));
  await Promise.all(slow.map((socket) => once(socket.resume(), "close")));
});

test("a thousand connections, none of which reads, cost neither the boot nor the machine much, and end", async () => {
  const { history, port } = await served();
  const before = process.memoryUsage();
  const sockets = Array.from({ length: 1_000 }, () => saying(port, request("GET /stream HTTP/1.1", own)).pause());
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const line = JSON.stringify({ text: "x".repeat(1_000) });
  for (let round = 0; round < 64; round++) {
    for (let index = 0; index < 256; index++) history.add(line);
    await new Promise(setImmediate);
  }
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(96 * 1_024 * 1_024);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => text(saying(port, request(asking, own))), { timeout: 5_000 }).toContain(page);
});
