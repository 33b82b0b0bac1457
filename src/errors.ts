/** Why something that should not happen did; each code has one meaning everywhere. */
export type ErrorCode =
  | "aborted"
  | "bad-config"
  | "bad-input"
  | "bad-output"
  | "busy"
  | "command-failed"
  | "exists"
  | "foreign"
  | "link-gone"
  | "namespace-gone"
  | "not-verified"
  | "permission"
  | "refused"
  | "timeout"
  | "tool-missing"
  | "unavailable"
  | "unsupported";

/** Exit codes of sysexits(3) that the program uses. */
export const exitCode = {
  done: 0,
  usage: 64,
  unavailable: 69,
  software: 70,
  tempFail: 75,
  noPermission: 77,
  config: 78,
} as const;

/** What is known of an error beside its code and message. */
export interface BootErrorDetails {
  /** The effect or step that failed, e.g. `ensureBridge`. */
  step?: string;
  /** The command line, for people; never executed again. */
  command?: string;
  stderr?: string;
  /** How long whoever refused asks to be left alone, milliseconds. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one error type of the program: a code to branch on, a message for people, and the command that failed. */
export class BootError extends Error {
  readonly code: ErrorCode;
  readonly step: string | undefined;
  readonly command: string | undefined;
  readonly stderr: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: BootErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "BootError";
    this.code = code;
    this.step = details.step;
    this.command = details.command;
    this.stderr = details.stderr;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Whether the same action may succeed later without anybody changing the configuration or the program. */
  get retryable(): boolean {
    return !["bad-config", "permission", "refused", "tool-missing", "unsupported"].includes(this.code);
  }

  /** The same error, saying in which step it happened. */
  inStep(step: string): BootError {
    return new BootError(this.code, this.message, {
      step: this.step ?? step,
      cause: this.cause,
      ...(this.command !== undefined && { command: this.command }),
      ...(this.stderr !== undefined && { stderr: this.stderr }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    });
  }
}

/** What a thrown value says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The exit code that tells a supervisor or a script what kind of failure ended the program. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof BootError)) return exitCode.software;
  switch (error.code) {
    case "bad-config":
      return exitCode.config;
    case "bad-input":
      return exitCode.usage;
    case "permission":
      return exitCode.noPermission;
    case "tool-missing":
    case "unavailable":
    case "unsupported":
      return exitCode.unavailable;
    default:
      return exitCode.tempFail;
  }
}
