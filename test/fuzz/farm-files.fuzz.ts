import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readFarm } from "../../src/lab/farm-files/farm-file.ts";
import { type FuzzTarget, mayRefuse } from "./target.ts";

const directory = join(process.cwd(), "farms");
const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));

/** Farm files. */
export const target: FuzzTarget = {
  run: (data) => {
    mayRefuse(() => readFarm("farm", data.toString()));
  },
  seeds: files.map((file) => readFileSync(join(directory, file), "utf8")),
  words: [
    "segments:",
    "nics:",
    "expected:",
    "router:",
    "ipv4:",
    "steps:",
    "deeds:",
    "- ",
    "{",
    "}",
    "[",
    ": ",
    "\n",
    "&a",
    "*a",
    "<<: *a",
    "!!binary",
    "---",
    "null",
    "matches:",
    "/(a+)+$/",
    "__proto__:",
  ],
};
