import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { firstReachable } from "../../src/os/connect.ts";
import { run } from "../../src/os/run.ts";
import { control } from "./node.ts";

const place = { namespace: null, ...control };
const reach = (...reachTargets: string[]) =>
  firstReachable(place, { goals: { reachTargets, caFile: null, fallbackDns: [] }, families: ["v4"] });

beforeAll(async () => {
  await run(["ip", "link", "set", "dev", "lo", "up"]);
});

/** A host that accepts connections, and counts them. */
async function serve(): Promise<{ target: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { target: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

test("who needs one target asks no second one while the first answers", async () => {
  const [first, second] = [await serve(), await serve()];
  expect(await reach(first.target, second.target)).toMatchObject({ reached: first.target });
  expect(second.connections()).toBe(0);
});

test("a target that refuses makes way for the next one", async () => {
  const good = await serve();
  expect(await reach("127.0.0.1:1", "127.0.0.1:2", good.target)).toMatchObject({ reached: good.target });
});

test("a target that does not answer is not waited for", async () => {
  await run(["nft", "-f", "-"], {
    input: "table inet silence { chain out { type filter hook output priority 0; ip daddr 127.0.0.66 drop; }; }",
  });
  onTestFinished(async () => void (await run(["nft", "delete", "table", "inet", "silence"])));
  const good = await serve();
  expect(await reach("127.0.0.66:1", good.target)).toMatchObject({ reached: good.target });
});

test("when no target is reached, all have been tried", async () => {
  expect(await reach("127.0.0.1:1", "127.0.0.1:2")).toMatchObject({ reached: null });
});
