import { spawn } from "node:child_process";
import { once } from "node:events";
import { recordSchema, type StreamRecord } from "../../src/inspect/recording/records.ts";
import * as v from "valibot";
import { bundle } from "../lab/lab-process.ts";
import { until } from "../lab/machine.ts";

/** The program, serving its page. */
export interface Served {
  url: string;
  stdout: () => string;
  /** Ends it, as Ctrl-C does unless told otherwise, and waits until it is gone. */
  end: (signal?: NodeJS.Signals) => Promise<void>;
}

/** Starts the program with a page, at a port of the kernel's choice. */
export function serve(...args: string[]): Promise<Served> {
  return serveAt(0, ...args);
}

/** Starts the program with a page at a port. */
export async function serveAt(port: number, ...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [bundle, ...args, `--inspect=127.0.0.1:${port}`], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", all: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
    said.all += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (said.all += chunk.toString()));
  const closed = once(child, "close");
  const found = await until(
    () => /http:\/\/127\.0\.0\.1:\d+/.exec(said.all)?.[0] ?? (child.exitCode === null ? null : said.all),
    (text) => text !== null,
  );
  if (found?.startsWith("http") !== true) throw new Error(`it serves no page: ${found}`);
  return {
    url: found,
    stdout: () => said.stdout,
    end: async (signal = "SIGINT") => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await closed;
    },
  };
}

/** Reads what the stream tells up to now, without a browser. */
export async function readStream(url: string): Promise<StreamRecord[]> {
  const abort = new AbortController();
  const response = await fetch(`${url}/stream`, { signal: abort.signal });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (/^event: now$/m.test(text)) break;
  }
  abort.abort();
  const [told = ""] = text.split(/^event: now$/m);
  const lines = [...told.matchAll(/^data: (.*)$/gm)].map(([, line]) => line ?? "");
  return lines.map((line) => v.parse(recordSchema, JSON.parse(line)));
}
