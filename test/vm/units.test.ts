import { describe, expect, test } from "vitest";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { internet } from "../../src/lab/layouts/topology.ts";
import { run } from "../../src/os/run.ts";
import { vantagePort } from "../../src/policy/vantage.ts";
import { until, useBed } from "./bed.ts";
import { type Attempt, attempts, succeeding } from "./denied.ts";
import { guestBundle, guestNode } from "./image.ts";
import { failuresIn, proveTraffic, untilOnline } from "./node.ts";

/** What the boot needs of all that is tried: namespaces, mounts that name them, sockets, and the files of the node. */
const allowed: Attempt[] = [
  "open a socket of IPv4",
  "open a local socket",
  "open a socket to the kernel's network",
  "make a network namespace",
  "mount something",
  "write where programs keep things",
  "see others' processes",
];

/** Asks a vantage from the Internet whether it gets in there, and tells what it answered and who came in. */
const knocking = `
  const nonce = "0123456789abcdef0123456789abcdef";
  const { createServer } = require("node:net");
  const knocked = new Promise((resolve) => {
    const server = createServer((socket) => socket.on("data", (data) => resolve(data.toString().trim() === nonce)));
    server.listen(7000, "::", () => {
      const body = JSON.stringify({ port: 7000, nonce });
      const told = fetch(process.argv[1], { method: "POST", body }).then((answer) => answer.json());
      told.catch(({ cause }) => ({ error: String(cause) })).then(async (said) => {
        const isMeant = said.reached === true && (await knocked);
        process.stdout.write(JSON.stringify({ said, isMeant }), () => process.exit());
      });
    });
  });
`;

describe("a machine with the units that install writes", () => {
  const bed = useBed([homeDual], { nics: [{ segment: "home", model: "virtio-net-pci" }] });

  test("the node's comes online", async () => {
    await untilOnline(bed.machine());
    await proveTraffic(bed.machine());
    expect((await failuresIn(bed.machine())).join("\n")).toBe("");
  });

  test("the vantage's tells whoever asks whether IPv6 gets in to them", async () => {
    const machine = bed.machine();
    await machine.run(["zos-boot", "install", "vantage", "--exec", `${guestNode} ${guestBundle}`]);
    await machine.sh("systemctl daemon-reload; systemctl start zos-boot-vantage");
    const address = await until("a global address of zos", async () => {
      const said = await machine.sh("ip -6 -o addr show dev zos scope global");
      return / inet6 ([0-9a-f:]+)\//.exec(said)?.[1] ?? null;
    });
    const url = `http://[${address}]:${vantagePort}/v1/knock`;
    const answered = await until("an answer", async () => {
      const argv = inNamespace(internet.namespace, [process.execPath, "-e", knocking, url]);
      const { stdout } = await run(argv, { timeoutMs: 30_000 });
      const answer = JSON.parse(stdout) as { said: { error?: string }; isMeant: boolean };
      if (answer.said.error !== undefined) throw new Error(answer.said.error);
      return answer;
    });
    expect(answered).toEqual({ said: { address: internet.wan6, reached: true, why: null }, isMeant: true });
    const pid = (await machine.sh("systemctl show --value --property MainPID zos-boot-vantage")).trim();
    const status = await machine.sh(`cat /proc/${pid}/status`);
    expect(status).toMatch(/^Uid:\t(?!0\t)/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
  });

  test("they may do what they need, and nothing else of what root may", async () => {
    const machine = bed.machine();
    expect(await succeeding(machine, "zos-boot-vantage")).toEqual([]);
    expect(await succeeding(machine, "zos-boot")).toEqual(allowed);
    expect(await succeeding(machine, null)).toEqual(Object.keys(attempts));
  });
});
