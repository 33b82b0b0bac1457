import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { run, start } from "../../../src/os/run.ts";

/** A folder with a command `greet`, which is put on PATH when the program runs already. */
function putOnPath(): void {
  const folder = mkdtempSync(join(tmpdir(), "run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "greet"), "#!/bin/sh\necho hello $TO\n");
  chmodSync(join(folder, "greet"), 0o755);
  vi.stubEnv("PATH", [process.env["PATH"], folder].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("commands and daemons are found by PATH as it is when they are started", async () => {
  putOnPath();
  expect((await run(["greet"])).stdout).toBe("hello\n");
  const lines: string[] = [];
  const daemon = await start(["greet"], { env: { TO: "you" }, onLine: (line) => lines.push(line) });
  expect(await daemon.exited).toEqual({ exitCode: 0, signal: null, stderr: "" });
  await vi.waitFor(() => expect(lines).toEqual(["hello you"]));
});

test("a daemon's last words are told, and a signal that ended it", async () => {
  const failed = await start(["sh", "-c", "echo so it ends >&2; exit 3"]);
  expect(await failed.exited).toEqual({ exitCode: 3, signal: null, stderr: "so it ends" });
  const ended = await start(["sleep", "60"]);
  await ended.end();
  expect(await ended.exited).toEqual({ exitCode: null, signal: "SIGTERM", stderr: "" });
});

test("a daemon that is not installed is told with its name", async () => {
  await expect(start(["no-such-command"])).rejects.toMatchObject({ code: "tool-missing" });
});
