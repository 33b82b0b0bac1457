import { readFileSync } from "node:fs";

/** What started this process, and what started that: a process manager may have a shell in between. */
const origin = ancestors();

/** Whether what started this process is gone: the kernel has given it, or the shell that waits for it, another parent. */
export function isOrphaned(): boolean {
  return ancestors() !== origin;
}

function ancestors(): string {
  return `${process.ppid} ${parentOf(process.ppid)}`;
}

/** The fourth field of proc_pid_stat(5); the second is a name in parentheses. */
function parentOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
  } catch {
    return "";
  }
}
