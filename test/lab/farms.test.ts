import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readFarm } from "../../src/lab/farm-files/farm-file.ts";
import { startLab } from "./lab-process.ts";
import { describePlayed } from "./played.ts";

const directory = join(import.meta.dirname, "../../farms");

/** One of each kind, none of which takes long; `npm run test:long` plays them all. */
const sample = ["dns-changes", "portal-eth0-good-eth1"];
const areAllMeant = process.env["FARMS"] === "all";
const farms = readdirSync(directory)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => readFarm(file.replace(".yaml", ""), readFileSync(join(directory, file), "utf8")))
  .filter(({ name }) => areAllMeant || sample.includes(name));

describePlayed({
  what: areAllMeant ? "every farm file" : "a sample of the farm files",
  scenarios: farms,
  flagsFor: ({ name }) => ["--farm", join(directory, `${name}.yaml`)],
  turns: 1,
  timeoutMs: areAllMeant ? 1_800_000 : 300_000,
});

describe("a farm file", () => {
  const place = mkdtempSync(join(tmpdir(), "zos-boot-farms-"));
  const file = join(place, "bad.yaml");
  afterAll(() => {
    rmSync(place, { recursive: true });
  });

  test("that contradicts itself is refused with what is wrong in it", async () => {
    writeFileSync(
      file,
      "summary: x\nsegments: [{ name: a }]\nnics: [{ name: eth0, segment: b }]\nexpected: { outcome: online }\n",
    );
    const lab = startLab(["--farm", file]);
    expect(await lab.ended).toBe(78);
    expect(lab.stderr()).toContain(`${file}: nics.0.segment: "b" is not there; expected: one of a`);
  });

  test.each([
    [["--farm", "/no/such/file.yaml"], 78, "no such file"],
    [["--farms", "/no/such/directory"], 78, "cannot be read"],
    [["home-v4", "--farm", file], 64, "name none"],
    [["--farm", file, "--keep"], 64, "cannot be used with"],
  ])("is not what %j asks for", async (args, code, said) => {
    const lab = startLab(args);
    expect(await lab.ended).toBe(code);
    expect(lab.stderr()).toContain(said);
  });
});
