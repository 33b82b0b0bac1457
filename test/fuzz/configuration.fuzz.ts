import { configure } from "../../src/config/load.ts";
import { fileSource } from "../../src/config/file-source.ts";
import { environmentSource, kernelSource } from "../../src/config/sources.ts";
import { defaultSettings, settingKeys } from "../../src/config/schema.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

/** Configuration from a file, the kernel's command line and the environment. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    const [key = "", value = ""] = text.split("=", 2);
    const file = mayRefuse(() => fileSource(text, "file"));
    const read = configure([
      ...(file === null ? [] : [file]),
      environmentSource({ [`ZOS_BOOT_${key}`]: value, [key]: value }),
      kernelSource(text),
    ]);
    must(
      Object.keys(read.settings).length === Object.keys(defaultSettings).length,
      "all settings are there, and no others",
    );
    must(
      settingKeys.every((each) => Object.hasOwn(read.origins, each)),
      "the origin of each is known",
    );
    must(
      read.faults.every((fault) => fault !== ""),
      "a fault says something",
    );
  },
  seeds: [
    "isolation: move\nnicKinds: [physical, veth]\nprobeTimeoutMs: 20000\n",
    "reachTargets: [https://hub.grid.tf]\nignoreNics: [eth*]\nregistrars: [https://registrar.grid.tf]\nfarmId: 1\n",
    "BOOT_IMAGE=/vmlinuz quiet zos-boot.ignoreNics=usb0,eth* zos-boot.uplink=eth0 farmer_id=12",
    "PROBE_TIMEOUT_MS=5000",
    "location: { country: Belgium, city: Gent, longitude: 3.7, latitude: 51 }\nlanAccess: deny\n",
  ],
  words: [
    ...settingKeys,
    "zos-boot.",
    "=",
    ": ",
    "\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "https://",
    "null",
    "&a",
    "*a",
    "__proto__",
    "!!set",
  ],
};
