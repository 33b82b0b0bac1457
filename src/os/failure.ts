import type { ErrorCode } from "../errors.ts";

/** What the tools say when a command fails (iproute2 6.1, nftables 1.0.6, procps 4.0; LC_ALL=C), first match wins. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Operation not permitted|Permission denied/, "permission"],
  [/Cannot open network namespace|No such network namespace/i, "namespace-gone"],
  [/Cannot find device|does not exist|No such device|Cannot assign requested address/, "link-gone"],
  [/File exists|already has a nsid assigned/, "exists"],
  [/resource busy/, "busy"],
  [/Unknown device type|Operation not supported|Not supported/, "unsupported"],
];

/** The code of a failed command, from what it wrote to stderr; the one place where prose becomes a code. */
export function codeOfStderr(stderr: string): ErrorCode {
  return meanings.find(([pattern]) => pattern.test(stderr))?.[1] ?? "command-failed";
}
