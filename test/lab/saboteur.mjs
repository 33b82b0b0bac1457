/** The program under test, except that before its command `SABOTAGE_AT` it runs the shell script `SABOTAGE` first. */
import { execFileSync } from "node:child_process";

if (process.argv[2] === process.env.SABOTAGE_AT) {
  execFileSync("sh", ["-ec", process.env.SABOTAGE ?? ""], { stdio: ["ignore", "ignore", "inherit"] });
}
await import(new URL("../../dist/zos-boot.mjs", import.meta.url).href);
