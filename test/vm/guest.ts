import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonSocket } from "./json-socket.ts";

/** What a command in the guest came to. */
export interface Ended {
  /** 128 and the signal's number for one that a signal ended. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface GuestRunOptions {
  input?: string;
  timeoutMs?: number;
}

/** Commands in a guest, by qemu-guest-agent(8). */
export interface Guest {
  /** Resolves when the guest has started so far that it answers, also after it was reset. */
  answer: (signal: AbortSignal) => Promise<void>;
  /** Runs a command to its end, whatever that is. */
  attempt: (argv: readonly string[], options?: GuestRunOptions) => Promise<Ended>;
}

const askAgainMs = 1_000;
/** Software emulation is ten times slower than the machine. */
const defaultTimeoutMs = 180_000;

export function guestOf(agent: JsonSocket): Guest {
  return {
    answer: async (signal) => {
      const ended = new AbortController();
      signal.addEventListener("abort", () => ended.abort(signal.reason), { once: true });
      setMaxListeners(0, ended.signal);
      // What is asked before the agent is there may get lost, so that it is asked again.
      const asked = [];
      for (;;) {
        signal.throwIfAborted();
        asked.push(agent.ask("guest-ping", undefined, ended.signal).then(() => true));
        const isThere = await Promise.race([...asked, delay(askAgainMs, false)]);
        if (!isThere) continue;
        ended.abort();
        await Promise.allSettled(asked);
        return;
      }
    },
    attempt: (argv, options = {}) => attempt(agent, argv, options),
  };
}

async function attempt(agent: JsonSocket, argv: readonly string[], options: GuestRunOptions): Promise<Ended> {
  const { input, timeoutMs = defaultTimeoutMs } = options;
  const [path = "", ...arg] = argv;
  const signal = AbortSignal.timeout(timeoutMs);
  const given = input === undefined ? {} : { "input-data": Buffer.from(input).toString("base64") };
  try {
    const request = { path, arg, "capture-output": true, ...given };
    const { pid } = (await agent.ask("guest-exec", request, signal)) as { pid: number };
    for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 500)) {
      const status = (await agent.ask("guest-exec-status", { pid }, signal)) as ExecStatus;
      if (status.exited) return endedOf(status);
      await delay(pauseMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`in the guest ${argv.join(" ")} did not end in ${timeoutMs / 1_000} s`, { cause: error });
  }
}

interface ExecStatus {
  exited: boolean;
  exitcode?: number;
  signal?: number;
  "out-data"?: string;
  "err-data"?: string;
}

function endedOf(status: ExecStatus): Ended {
  const text = (data = "") => Buffer.from(data, "base64").toString();
  return {
    code: status.signal === undefined ? (status.exitcode ?? 0) : 128 + status.signal,
    stdout: text(status["out-data"]),
    stderr: text(status["err-data"]),
  };
}
