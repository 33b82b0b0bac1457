import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { installServices } from "../../../src/cli/install.ts";
import { isOurs, marker, plainCommand, type Readiness, serviceFiles } from "../../../src/policy/service-files.ts";

const exec = "/usr/bin/node /usr/lib/zos-boot/zos-boot.mjs";

let root: string;

/** An image with Node.js and the program in it. */
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "install-")));
  for (const path of exec.split(" ")) put(path, "#!/bin/sh\n");
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode: 0o755 });
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const textOf = (manager: Parameters<typeof serviceFiles>[0], file: string, ready: Readiness = "online") =>
  serviceFiles(manager, { command: exec, ready }).find(({ path }) => path.endsWith(file))?.text ?? "";

const { status: lacksSystemd, stdout: systemdVersion } = spawnSync("systemd-analyze", ["--version"], {
  encoding: "utf8",
});
const isOffline = lacksSystemd === 0 && Number(/systemd (\d+)/.exec(systemdVersion)?.[1]) >= 250;

/** What systemd-analyze(1) thinks of a unit, from 0 to 10; each is confined as far as it can be, see serviceFiles. */
test.skipIf(!isOffline).each([
  ["systemd", "zos-boot", 5.4],
  ["vantage", "zos-boot-vantage", 1.3],
] as const)("the unit for %s is exposed no more than it must be", async (manager, unit, most) => {
  await installServices(manager, { root, exec });
  const options = ["--offline=true", `--root=${root}`, "--no-pager"];
  const { stdout } = spawnSync("systemd-analyze", ["security", ...options, `${unit}.service`], { encoding: "utf8" });
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(most);
});

describe("installing", () => {
  test.each([
    { name: "zinit", generation: "0.2", paths: ["/etc/zinit/internet.yaml", "/etc/zinit/networkd.yaml"] },
    {
      name: "zinit",
      generation: "0.3",
      paths: ["/etc/zinit/services/internet.toml", "/etc/zinit/services/networkd.toml"],
    },
    { name: "systemd", generation: undefined, paths: ["/etc/systemd/system/zos-boot.service"] },
    { name: "vantage", generation: undefined, paths: ["/etc/systemd/system/zos-boot-vantage.service"] },
  ] as const)("writes what $name $generation reads, and tells", async ({ name, generation, paths }) => {
    const { files } = await installServices(name, { root, exec, ...(generation && { generation }) });
    expect(files.map(({ path, isChanged }) => [path, isChanged])).toEqual(paths.map((path) => [root + path, true]));
    for (const path of paths) {
      expect(isOurs(read(path))).toBe(true);
      expect(statSync(join(root, path)).mode & 0o777).toBe(0o644);
      expect(readdirSync(dirname(join(root, path))).filter((file) => file.endsWith(".new"))).toEqual([]);
    }
  });

  test("a second time changes nothing, and says so", async () => {
    await installServices("zinit", { root, exec });
    const { mtimeMs } = statSync(join(root, "etc/zinit/internet.yaml"));
    const { files } = await installServices("zinit", { root, exec });
    expect(files.map(({ isChanged }) => isChanged)).toEqual([false, false]);
    expect(statSync(join(root, "etc/zinit/internet.yaml")).mtimeMs).toBe(mtimeMs);
  });

  test("replaces what an older version of itself wrote", async () => {
    put("etc/zinit/internet.yaml", `${marker}\nexec: /old internet\n`);
    await installServices("zinit", { root, exec });
    expect(read("etc/zinit/internet.yaml")).toBe(textOf("zinit-0.2", "internet.yaml"));
  });

  test.each(["exec: internet\noneshot: true\n", "", ` ${marker}\n`, `exec: x\n${marker}\n`])(
    "writes nothing at all where a file of that name is somebody else's, and names it: %j",
    async (foreign) => {
      put("etc/zinit/networkd.yaml", foreign);
      const path = join(root, "etc/zinit/networkd.yaml");
      await expect(installServices("zinit", { root, exec })).rejects.toMatchObject({
        code: "foreign",
        message: expect.stringContaining(path) as string,
      });
      expect(read("etc/zinit/networkd.yaml")).toBe(foreign);
      expect(existsSync(join(root, "etc/zinit/internet.yaml"))).toBe(false);
    },
  );

  test.each([
    { sign: "etc/zinit/services/sshd.toml", manager: "zinit-0.3" },
    { sign: "usr/bin/zinit-pid1", manager: "zinit-0.3" },
    { sign: "etc/zinit/redis.yaml", manager: "zinit-0.2" },
  ])("takes an image with $sign for one of $manager", async ({ sign, manager }) => {
    put(sign, "");
    expect((await installServices("zinit", { root, exec })).manager).toBe(manager);
  });

  test("does not follow a symbolic link out of the image", async () => {
    const outside = mkdtempSync(join(tmpdir(), "install-outside-"));
    symlinkSync(outside, join(root, "etc"));
    await expect(installServices("systemd", { root, exec })).rejects.toMatchObject({ code: "bad-input" });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  test.each([
    ["/usr/bin/nodejs /usr/lib/zos-boot/zos-boot.mjs", "/usr/bin/nodejs does not exist below"],
    ["/usr/bin/node /work/zos-boot.mjs", "/work/zos-boot.mjs does not exist below"],
    ["node zos-boot.mjs", "plain words"],
  ])("refuses what cannot start the program there: %s", async (other, message) => {
    await expect(installServices("systemd", { root, exec: other })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(message) as string,
    });
    expect(existsSync(join(root, "etc"))).toBe(false);
  });

  test("refuses an image that is not there", async () => {
    await expect(installServices("systemd", { root: join(root, "none"), exec })).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});

describe("a command line", () => {
  test.each([exec, "/usr/bin/zos-boot", "/opt/a-b_c/node+x --flag=1,2"])("of plain words is taken: %s", (text) => {
    expect(plainCommand(text)).toBe(text);
  });

  test.each([
    ...["", "zos-boot", "/bin/a  b", "/bin/a\nexec: b", "/bin/a;b", "/bin/a $HOME", "/bin/a %i", '/bin/"a"'],
    ...["/bin/a 'b'", "/bin/a # b", "/bin/a: b", "/bin/a \\b", "/bin/a\t", "/bin/ä"],
  ])("that a process manager may read otherwise is not: %j", (text) => {
    expect(plainCommand(text)).toBeNull();
  });
});

describe("the services for zinit 0.2", () => {
  test("are a one-shot after udev that is tried until it ends with 0, and a daemon after it that is ready when online", () => {
    expect(parse(textOf("zinit-0.2", "internet.yaml"))).toEqual({
      exec: `/bin/sh -c 'pause=2; until ${exec} internet; do kill -0 $PPID || exit; sleep $pause; pause=10; done'`,
      oneshot: true,
      after: ["udev-trigger"],
    });
    expect(parse(textOf("zinit-0.2", "networkd.yaml"))).toEqual({
      exec: `${exec} networkd`,
      test: `/bin/sh -c '${exec} status --wait online --timeout 20s'`,
      after: ["internet"],
    });
  });

  test("may count as ready when there is ndmz", () => {
    expect(parse(textOf("zinit-0.2", "networkd.yaml", "ndmz"))).toMatchObject({
      test: "/bin/sh -c 'ip -n ndmz -4 addr show dev tonrs | grep -q inet'",
    });
    expect(textOf("zinit-0.3", "networkd.toml", "ndmz")).toContain(
      'target = "ip -n ndmz -4 addr show dev tonrs | grep -q inet"\n',
    );
  });
});

describe("the services for zinit 0.3", () => {
  test("are the same two: one is tried until it ends with 0, the daemon is restarted for ever", () => {
    expect(textOf("zinit-0.3", "internet.toml").split("\n")).toEqual(
      expect.arrayContaining([
        'name = "internet"',
        `exec = "${exec} internet"`,
        'restart = "on-failure"',
        "max_restarts = 0",
        'after = ["udev-trigger"]',
      ]),
    );
    const networkd = textOf("zinit-0.3", "networkd.toml").split("\n");
    expect(networkd).toEqual(
      expect.arrayContaining([
        `exec = "${exec} networkd"`,
        'after = ["internet"]',
        'restart = "always"',
        "max_restarts = 0",
        'type = "exec"',
        `target = "${exec} status --wait online --timeout 20s"`,
      ]),
    );
  });
});

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe(`the unit for systemd${hasAnalyze ? "" : " (skipped in part: there is no systemd-analyze)"}`, () => {
  const settings = textOf("systemd", ".service")
    .split("\n")
    .filter((line) => !line.startsWith("#"));

  test("asks for nothing that would give it a mount namespace, in which nobody would see the namespaces that it makes", () => {
    const implying =
      /^(Private(Mounts|Tmp|Devices)|Protect(System|Home|Kernel\w+|ControlGroups|Proc)|ProcSubset|MountFlags)=/;
    const paths =
      /^(ReadOnly|ReadWrite|Inaccessible|Exec|NoExec|BindReadOnly|Bind)Paths=|^(Root|State|Runtime|Logs|Cache)\w*=/;
    expect(settings.filter((line) => implying.test(line) || paths.test(line))).toEqual([]);
  });

  test("reloads by the program itself, whose exit code tells systemctl of a configuration that was refused", () => {
    expect(settings).toContain(`ExecReload=${exec} reload`);
  });

  test.skipIf(!hasAnalyze)("is one that systemd understands, and restricts", () => {
    const unit = join(root, "zos-boot.service");
    writeFileSync(
      unit,
      serviceFiles("systemd", { command: process.execPath, ready: "online" })
        .map(({ text }) => text)
        .join(""),
    );
    expect(spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=yes", "--no-pager", unit], {
      encoding: "utf8",
    });
    expect(Number(/Overall exposure level.*: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(6);
  });
});
