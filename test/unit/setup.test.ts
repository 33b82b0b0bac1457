import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What set-up calls besides the programs that it looks for; the machine's own are used. */
const tools = ["cat", "cmp", "cp", "dirname", "find", "grep", "head", "ln", "mkdir", "paste", "sort"];
const needed = "ip nft dhcpcd udhcpc dnsmasq rdisc6 nc sysctl ps mount unshare nsenter setpriv flock openssl".split(
  " ",
);

let clone: string;
let bin: string;

/** A clone with sources but nothing installed, and a PATH on which there is only what a test puts there. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "setup-"));
  bin = join(clone, "bin");
  const sources = ["src/os/dhcp-event", "machines/boot.ts", "effects/index.ts", "docs/statecharts/boot.svg"];
  for (const file of [...sources, "package.json", "package-lock.json"]) put(file);
  put("scripts/build.mjs");
  copyFileSync(join(root, "scripts/setup.sh"), join(clone, "scripts/setup.sh"));
  mkdirSync(bin);
  for (const tool of tools) symlinkSync(join("/usr/bin", tool), join(bin, tool));
  for (const command of needed) stub(command, "exit 0");
  stub("id", "echo 0");
  stub(
    "node",
    "case $1 in --version) echo v20.19.0 ;; *) echo build >> log; mkdir -p dist; : > dist/dhcp-event; : > dist/udhcpc-event; : > dist/program.cjs; : > dist/zos-boot.mjs ;; esac",
  );
  stub("npm", 'echo "npm $*" >> log; mkdir -p node_modules/.bin');
  stub("apt-cache", 'echo "  Candidate: 1.0"');
  stub("apt-get", `echo "apt-get $*" >> log; for each in $INSTALLED; do : > bin/$each; /bin/chmod +x bin/$each; done`);
});

afterEach(() => {
  rmSync(clone, { recursive: true });
});

function put(file: string, text = "") {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  writeFileSync(join(clone, file), text);
}

function stub(command: string, script: string) {
  writeFileSync(join(bin, command), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, command), 0o755);
}

function setUp(installed = "", ...args: string[]) {
  rmSync(join(clone, "log"), { force: true });
  const env = { PATH: bin, INSTALLED: installed };
  const { status, stdout, stderr } = spawnSync("/bin/sh", [join(clone, "scripts/setup.sh"), ...args], {
    env,
    encoding: "utf8",
  });
  const log = join(clone, "log");
  return {
    status,
    said: stdout.split("\n").filter(Boolean),
    stderr,
    did: existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [],
  };
}

/** Makes a file newer than everything that set-up has made so far. */
function touch(file: string) {
  const later = Date.now() / 1000 + 60;
  utimesSync(join(clone, file), later, later);
}

test("a fresh clone gets node_modules, the bundle, and the program where npx finds it", () => {
  const { status, said, did } = setUp();
  expect(status).toBe(0);
  expect(said).toEqual(["setup: installing node_modules from package-lock.json", "setup: building dist/zos-boot.mjs"]);
  expect(did).toEqual([expect.stringMatching(/^npm ci /), "build"]);
  expect(existsSync(join(clone, "node_modules/.bin/zos-boot"))).toBe(true);
});

test("a second time nothing is done and nothing is said", () => {
  setUp();
  expect(setUp()).toEqual({ status: 0, said: [], stderr: "", did: [] });
});

describe("node_modules", () => {
  test("are installed again when the lock file says something else than it did then", () => {
    setUp();
    put("package-lock.json", "{}");
    expect(setUp().did).toContainEqual(expect.stringMatching(/^npm ci /));
    expect(setUp().did).toEqual([]);
  });

  test("that were installed by hand are taken as they are", () => {
    put("node_modules/.bin/vitest");
    put("node_modules/.package-lock.json");
    touch("node_modules/.package-lock.json");
    expect(setUp().did).toEqual(["build"]);
  });

  test("that cannot be installed are an error, and are tried again the next time", () => {
    stub("npm", 'echo "npm $*" >> log; exit 1');
    expect(setUp()).toMatchObject({ status: 69, stderr: "setup: npm ci failed\n" });
    expect(setUp().did).toHaveLength(1);
  });
});

describe("the bundle", () => {
  test.each([
    "src/os/dhcp-event",
    "machines/boot.ts",
    "effects/index.ts",
    "src/os",
    "docs/statecharts/boot.svg",
    "scripts/build.mjs",
    "package.json",
  ])("is built again when %s has changed", (file) => {
    setUp();
    touch(file);
    expect(setUp().did).toEqual(["build"]);
  });

  test.each(["dhcp-event", "udhcpc-event"])("is built again when the script %s beside it is gone", (script) => {
    setUp();
    rmSync(join(clone, "dist", script));
    expect(setUp().did).toEqual(["build"]);
  });
});

describe("Node.js", () => {
  test.each(["v18.20.0", "v20.18.3", "v20.9.0", "v9.99.99"])(
    "%s is too old, which is said before anything is done",
    (version) => {
      stub("node", `echo ${version}`);
      expect(setUp()).toEqual({
        status: 69,
        said: [],
        stderr: `setup: Node.js ${version} is too old; 20.19 or newer is needed\n`,
        did: [],
      });
    },
  );

  test.each(["v20.19.0", "v20.20.2", "v22.0.0", "v100.1.0"])("%s is new enough", (version) => {
    setUp();
    stub("node", `echo ${version}`);
    expect(setUp().status).toBe(0);
  });

  test("is missing", () => {
    rmSync(join(bin, "node"));
    expect(setUp()).toMatchObject({ status: 69, stderr: "setup: Node.js is missing; 20.19 or newer is needed\n" });
  });
});

/** The commands that Debian has in /usr/bin, where set-up does not look unless PATH says so. */
describe("missing commands", () => {
  const remove = (...commands: string[]) => {
    for (const command of commands) rmSync(join(bin, command));
  };

  test("are installed by root: only their packages, each once, and nothing that these recommend", () => {
    remove("rdisc6", "nc", "unshare", "setpriv");
    const { status, said, did } = setUp("rdisc6 nc unshare setpriv");
    expect(status).toBe(0);
    expect(said[0]).toBe("setup: installing ndisc6 netcat-openbsd util-linux");
    expect(did[0]).toBe("apt-get install -qq -y --no-install-recommends ndisc6 netcat-openbsd util-linux");
  });

  test("are installed after the package lists were updated, when apt does not know the packages", () => {
    remove("rdisc6");
    stub("apt-cache", 'echo "  Candidate: (none)"');
    expect(setUp("rdisc6").did.slice(0, 2)).toEqual([
      "apt-get update -qq",
      expect.stringMatching(/^apt-get install .* ndisc6$/),
    ]);
  });

  test("are an error for anybody else, which says what root must type", () => {
    remove("rdisc6", "ps");
    stub("id", "echo 1000");
    expect(setUp()).toEqual({
      status: 69,
      said: [],
      stderr:
        "setup: missing packages: ndisc6 procps; as root: apt-get install --no-install-recommends ndisc6 procps\n",
      did: [],
    });
  });

  test("are an error where there is no apt-get", () => {
    remove("rdisc6", "apt-get");
    expect(setUp()).toMatchObject({ status: 69, stderr: "setup: missing packages (Debian's names): ndisc6\n" });
  });

  test("are a browser and a font for it only when the live page is to be tested", () => {
    expect(setUp().did).not.toContainEqual(expect.stringMatching(/^apt-get/));
    const { status, said } = setUp("chromium", "browser");
    expect({ status, said }).toEqual({ status: 0, said: ["setup: installing chromium fonts-liberation"] });
    expect(setUp("", "browser").did).toEqual([]);
  });

  test("are an emulator and what makes a disk only when a machine is to be emulated", () => {
    const commands = ["qemu-system-x86_64", "qemu-img", "mmdebstrap", "mke2fs"];
    expect(setUp(commands.join(" "), "vm").status).toBe(0);
    expect(setUp("", "vm").did).toEqual([]);
    for (const command of commands.slice(0, 3)) remove(command);
    stub("id", "echo 1000");
    expect(setUp("", "vm")).toMatchObject({
      status: 69,
      stderr: expect.stringMatching(/^setup: missing packages: mmdebstrap qemu-system-x86 qemu-utils; as root: /),
    });
  });

  test("that are still missing after the installation are an error", () => {
    remove("rdisc6");
    expect(setUp()).toMatchObject({
      status: 69,
      stderr: "setup: installed, but some of their commands are still missing: ndisc6\n",
    });
  });
});
