import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { createHistory } from "../../../../../src/inspect/recording/backlog.ts";
import { type PageServer, servePage } from "../../../../../src/inspect/page/server/page-server.ts";

const assets = { "/": { type: "text/html", text: "<p>the page</p>" } };

async function served(history = createHistory(), port = 0): Promise<PageServer & { history: typeof history }> {
  const server = await servePage({
    address: { host: "127.0.0.1", port },
    assets,
    history,
    mode: "live",
    clock: () => 7,
  });
  onTestFinished(() => server.close());
  return { ...server, history };
}

async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<IncomingMessage> {
  const asked = request(url, { agent: false, ...options });
  onTestFinished(() => {
    asked.destroy();
  });
  asked.on("error", () => undefined).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
}

/** Reads a stream until it has said something; fails with what it said when it ends before. */
async function heard(response: IncomingMessage, isMeant: (said: string) => boolean): Promise<string> {
  let said = "";
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (isMeant(said)) return said;
  }
  throw new Error(`it ended after: ${said}`);
}

const linesIn = (said: string) => [...said.matchAll(/^data: (line \d+)$/gm)].map(([, line]) => line);
const upToNow = (said: string) => said.includes("event: now");

describe("the stream", () => {
  test("tells those who come late everything from the beginning, then what time it is, then what is new", async () => {
    const { url, history } = await served();
    for (let index = 0; index < 3; index++) history.add(`line ${index}`);
    const response = await ask(`${url}stream`);
    expect(response.headers["content-type"]).toBe("text/event-stream");
    const said = await heard(response, upToNow);
    expect(linesIn(said)).toEqual(["line 0", "line 1", "line 2"]);
    expect(said).toContain('event: now\ndata: {"atMs":7,"mode":"live"}\n\n');
    history.add("line 3");
    expect(linesIn(await heard(response, (more) => more.includes("line 3\n\n")))).toEqual(["line 3"]);
  });

  test("goes on where a client was when its connection broke, but not after another boot", async () => {
    const { url, history } = await served();
    for (let index = 0; index < 3; index++) history.add(`line ${index}`);
    const [, epoch = ""] = /^id: (\w+)-1$/m.exec(await heard(await ask(`${url}stream`), upToNow)) ?? [];
    const from = async (id: string) =>
      linesIn(await heard(await ask(`${url}stream`, { headers: { "last-event-id": id } }), upToNow));
    expect(await from(`${epoch}-1`)).toEqual(["line 2"]);
    expect(await from("0badcafe-1")).toEqual(["line 0", "line 1", "line 2"]);
    expect(await from(`${epoch}-99`)).toEqual(["line 0", "line 1", "line 2"]);
  });

  test("holds up nobody for a client that does not read", async () => {
    const { url, history } = await served();
    const { port, hostname } = new URL(url);
    const idle = connect(Number(port), hostname).pause();
    onTestFinished(() => {
      idle.destroy();
    });
    idle.write("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(idle, "connect");
    const quick = await ask(`${url}stream`);
    const long = "x".repeat(1_000);
    for (let index = 0; index < 16_000; index++) history.add(`line ${index} ${long}`);
    const said = await heard(quick, (all) => all.includes("line 15999 "));
    expect(said.match(/^data: line/gm)).toHaveLength(16_000);
  });

  test("tells everything before it lets everybody go", async () => {
    const { url, history, close } = await served();
    const response = await ask(`${url}stream`);
    await heard(response, upToNow);
    history.add("line 0");
    const rest = text(response);
    await close();
    expect(linesIn(await rest)).toEqual(["line 0"]);
  });
});

describe("the server", () => {
  test("serves the page so that it can do nothing but show", async () => {
    const { url } = await served();
    const { headers, statusCode, ...response } = await ask(url).then(async (each) => ({
      headers: each.headers,
      statusCode: each.statusCode,
      body: await text(each),
    }));
    expect([statusCode, response.body, headers["content-type"]]).toEqual([200, "<p>the page</p>", "text/html"]);
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test.each([
    ["GET / for localhost", 200],
    ["HEAD / for localhost", 200],
    ["HEAD /stream for localhost", 200],
    ["GET /?theme=dark for localhost", 200],
    ["GET / for evil.example", 421],
    ["GET /stream for evil.example", 421],
    ["POST / for localhost", 405],
    ["OPTIONS /stream for localhost", 405],
    ["GET /../etc/passwd for localhost", 404],
    ["GET /constructor for localhost", 404],
    ["GET //evil.example/ for localhost", 404],
  ])("answers %s with %i", async (what, status) => {
    const [method = "", path = "", , host = ""] = what.split(" ");
    const { hostname, port } = new URL((await served()).url);
    const asked = request({ hostname, port, path, method, headers: { host }, agent: false }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const body = await text(response);
    expect(response.statusCode).toBe(status);
    if (method === "HEAD") expect(body).toBe("");
  });

  test("says clearly that its port is in use, which is not the program's fault", async () => {
    const { url } = await served();
    const { port } = new URL(url);
    await expect(served(createHistory(), Number(port))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`port ${port} is in use`) as string,
    });
  });

  test("refuses an address that the machine does not have", async () => {
    const address = { host: "192.0.2.1", port: 0 };
    const options = { address, assets, history: createHistory(), mode: "live", clock: () => 0 } as const;
    await expect(servePage(options)).rejects.toMatchObject({ code: "bad-input" });
  });
});
