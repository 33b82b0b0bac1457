import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { exitCode } from "../../src/errors.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { type LabNode, nodeLabDir } from "../../src/lab/farm/node.ts";
import { names } from "../../src/policy/names.ts";
import { isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { keyOf } from "./known-things.ts";

const homeDual = layoutNamed("home-dual");
/** Somebody without privileges. */
const stranger = 65_534;
const asStranger = ["setpriv", "--reuid", `${stranger}`, "--regid", `${stranger}`, "--clear-groups", "--no-new-privs"];

/** Runs a command to its end: what it said on both streams, and its exit code. */
async function ending(node: LabNode, argv: readonly string[]): Promise<{ code: number; said: string }> {
  const { stdout } = await node.run(["sh", "-c", '"$@" 2>&1; echo "exit $?"', "sh", ...argv]);
  const [, said = "", code = ""] = /^(.*?)exit (\d+)\n$/s.exec(stdout) ?? [];
  return { code: Number(code), said };
}

/** What lies in the node's own directories and others may write, but for sockets of dhcpcd, which itself says who may. */
async function writableByOthers(node: LabNode): Promise<string[]> {
  const found = await outputOf(
    node,
    "find",
    "/run",
    "/etc",
    "/var",
    "-perm",
    "/022",
    "!",
    "-type",
    "l",
    "!",
    "-path",
    "/run/dhcpcd/*",
  );
  return found.trimEnd().split("\n").toSorted();
}

test("whatever whoever starts it allows, nothing that a boot or its tools make may be written by others, and secrets not be read", () =>
  withFarm(homeDual, async ({ node }) => {
    const before = await writableByOthers(node);
    const argv = zosBoot("up", "--log-file", `${nodeLabDir}/up.log`, "--record", `${nodeLabDir}/boot.jsonl`);
    await node.start(["sh", "-c", 'umask 0; exec "$@"', "sh", ...argv], { stdio: "ignore" });
    await until(
      node,
      (status) => isOnline(status) && status.grid?.nodeId === 7 && status.ndmz?.npub4.ipv4.length === 1,
    );
    expect(await writableByOthers(node)).toEqual(before);
    const modes = await outputOf(
      node,
      ...["stat", "-c", "%n %a %U", names.runDir, `${names.runDir}/control.sock`, names.gridKeyFile],
      ...[`${nodeLabDir}/up.log`, `${nodeLabDir}/boot.jsonl`],
    );
    expect(modes.trimEnd().split("\n")).toEqual([
      `${names.runDir} 700 root`,
      `${names.runDir}/control.sock 600 root`,
      `${names.gridKeyFile} 600 root`,
      `${nodeLabDir}/up.log 640 root`,
      `${nodeLabDir}/boot.jsonl 640 root`,
    ]);
  }));

test("the key to the grid is in its file and nowhere else: no process is called by it, and nothing tells of it", () =>
  withFarm(homeDual, async ({ node }) => {
    const told = `${nodeLabDir}/told`;
    const flags = [
      "--log-level",
      "debug",
      "--log-file",
      `${nodeLabDir}/up.log`,
      "--record",
      `${nodeLabDir}/boot.jsonl`,
    ];
    await node.start(["sh", "-c", `exec "$@" >${told} 2>&1`, "sh", ...zosBoot("up", ...flags)], { stdio: "ignore" });
    await until(node, ({ state, grid }) => state === "online" && grid?.nodeId === 7);
    for (const command of ["status", "config"])
      await outputOf(node, "sh", "-c", `"$@" >>${told}`, "sh", ...zosBoot(command));
    const titles = await outputOf(node, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'");
    expect(titles).toContain(zosBoot("up").join("\n"));
    const secrets = (await keyOf(node)).filter(([, what]) => what !== "the public key").map(([spelling]) => spelling);
    expect(secrets.filter((secret) => titles.includes(secret))).toEqual([]);
    const words = secrets.flatMap((secret) => ["-e", secret]);
    expect(
      await outputOf(
        node,
        "grep",
        "-rlaF",
        "--exclude-dir=netns",
        "-D",
        "skip",
        ...words,
        "/run",
        "/etc",
        "/var/lib/zos-boot",
      ),
    ).toBe(`${names.gridKeyFile}\n`);
  }));

test("nobody but root stops a boot, has it reload, or reads what it keeps", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    const { pid } = await until(node, isOnline);
    for (const command of ["up", "down", "reload", "attach", "probe"]) {
      const { code } = await ending(node, [
        ...asStranger,
        ...zosBoot(command, ...(command === "attach" ? ["nr1"] : [])),
      ]);
      expect([exitCode.noPermission, exitCode.unavailable], command).toContain(code);
    }
    const connect = `require("net").connect("${names.runDir}/control.sock").on("error", ({ code }) => console.log(code)).on("connect", () => console.log("connected"))`;
    expect(await outputOf(node, ...asStranger, process.execPath, "-e", connect)).toBe("EACCES\n");
    for (const path of [names.gridKeyFile, `${names.runDir}/status.json`])
      expect(await ending(node, [...asStranger, "cat", path])).toMatchObject({ code: 1 });
    expect((await until(node, isOnline)).pid).toBe(pid);
  }));

describe("where others write", () => {
  const place = `${nodeLabDir}/shared`;
  const victim = "/etc/victim";
  const planted: Record<string, string> = {
    "a symbolic link": `ln -s ${victim} "$1"`,
    "a symbolic link that leads nowhere": `ln -s /etc/new-victim "$1"`,
    "a FIFO": `mkfifo -m 666 "$1"`,
    "a file": `echo before > "$1"; chmod 666 "$1"`,
    "a second name of a file": `echo before > "$1.other"; ln "$1.other" "$1"`,
    "a directory": `mkdir -m 777 "$1"`,
    "a symbolic link on the way there": `ln -s /etc "$(dirname "$1")"`,
  };

  test.each(["--record", "--log-file"])("%s writes to nothing that another has put in its place, and says so", (flag) =>
    withFarm(homeDual, async ({ node }) => {
      await outputOf(node, "sh", "-c", `mkdir -m 1777 ${place}; echo untouched > ${victim}`);
      for (const [index, [what, script]] of Object.entries(planted).entries()) {
        const path = `${place}/${index}${what.endsWith("way there") ? "/victim" : ""}`;
        await outputOf(node, ...asStranger, "sh", "-ec", script, "sh", path);
        const { code, said } = await ending(node, ["timeout", "20", ...zosBoot("up", flag, path)]);
        expect({ what, code }).toEqual({ what, code: exitCode.usage });
        expect(said, what).toContain(place);
      }
      expect(await readFile(`${node.root}${victim}`, "utf8")).toBe("untouched\n");
      expect(await ending(node, ["test", "-e", "/etc/new-victim"])).toMatchObject({ code: 1 });
      expect(await outputOf(node, "sh", "-c", `cat ${place}/3 ${place}/4`)).toBe("before\nbefore\n");
    }),
  );
});
