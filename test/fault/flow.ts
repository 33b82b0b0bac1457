import { expect } from "vitest";
import { type LabNode, nodeLabDir } from "../../src/lab/farm/node.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { outputOf } from "./boot.ts";

/** Asks the Internet by one connection, ten times a second, and tells of each answer and of the connection's end. */
const flow = `
  const socket = require("net").connect(80, "${internet.http4}");
  socket.on("data", () => console.log("answer")).on("close", () => console.log("cut")).on("error", () => {});
  setInterval(() => socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"), 100);`;

/** A connection of the node goes on while something is done, and no answer takes longer than a slow machine needs. */
export async function expectFlowWhile(node: LabNode, act: () => Promise<void>): Promise<void> {
  const file = `${nodeLabDir}/flow`;
  const script = `"$0" -e "$1" | while read -r said; do echo "$(date +%s%3N) $said"; done > ${file}`;
  const program = await node.start(["sh", "-c", script, process.execPath, flow], { stdio: "ignore" });
  const read = async () => (await outputOf(node, "cat", file)).trim().split("\n");
  await expect.poll(read, { timeout: 5_000 }).toContainEqual(expect.stringContaining("answer"));
  await act();
  const lines = await read();
  await program.signal("SIGKILL");
  await outputOf(node, "pkill", "-KILL", "-f", "GET / HTTP");
  expect(lines.filter((line) => !line.endsWith("answer"))).toEqual([]);
  const times = lines.map((line) => Number(line.split(" ")[0]));
  expect(Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? 0)))).toBeLessThan(2_000);
}
