import type { Machine } from "./machine.ts";

/** A file of root's, and one of somebody else that nobody else may read. */
const ours = "/run/attempts-file";
const theirs = "/run/attempts-private";
const program = "/usr/local/bin/attempts"; // What is in /run may not be executed.
const output = "/run/attempts-output";

const socket = (family: number, type: number) => `perl -e 'socket(S, ${family}, ${type}, 0) or exit 1'`;

/** What a service may try, by what it would do; each succeeds for root without restrictions. */
export const attempts = {
  "give a file to somebody else": `chown 1:1 ${ours}`,
  "read somebody else's file": `cat ${theirs}`,
  "have a program run as root for everybody": `chmod u+s ${ours}`,
  "make a device": "mknod /run/attempts-device c 1 3",
  "read a disk": "dd if=/dev/vda of=/dev/null count=1",
  "read the kernel's log": "dmesg",
  "load a module": "modprobe dummy",
  "set the clock": 'date -s "@$(date +%s)"',
  "run in real time": "chrt -f 1 true",
  "be another kind of machine": "setarch linux32 true",
  "make a namespace for users": "unshare --user true",
  "make a namespace for processes": "unshare --pid --fork true",
  "open a socket to the kernel's ciphers": socket(38, 5),
  "open a socket of IPv4": socket(2, 1),
  "open a local socket": socket(1, 1),
  "open a socket to the kernel's network": socket(16, 3),
  "make a network namespace": "unshare --net true",
  "mount something": "mount -t tmpfs none /mnt && umount /mnt",
  "write where programs keep things": "touch /var/lib/attempts-kept",
  "see others' processes": "test -e /proc/1",
} as const;
/** One of `attempts`. */
export type Attempt = keyof typeof attempts;

const script = Object.entries(attempts)
  .map(([what, command]) => `if { ${command}; } >/dev/null 2>&1; then echo "${what}"; fi`)
  .join("\n");

async function prepare({ run, sh }: Machine): Promise<void> {
  await run(["sh", "-c", `cat >${program}; chmod 755 ${program}`], { input: `#!/bin/sh\n${script}\nexit 0\n` });
  await sh(`rm -rf /run/attempts-*; touch ${ours}; echo secret >${theirs}; chmod 600 ${theirs}; chown 1 ${theirs}`);
}

/** What of all that succeeds under the restrictions of a unit, whose program is another for once; without a unit, under none. */
export async function succeeding(machine: Machine, unit: string | null): Promise<string[]> {
  await prepare(machine);
  if (unit === null) return linesIn(await machine.sh(program));
  const own = `s,^ExecStart=.*,ExecStart=${program},; s,^Type=.*,Type=oneshot,; /^Exec[^S]/d; /^Restart=/d`;
  await machine.sh(`
    sed '${own}' /etc/systemd/system/${unit}.service >/run/systemd/system/attempts.service
    sed -i 's,^\\[Service\\],&\\nStandardOutput=file:${output},' /run/systemd/system/attempts.service
    systemctl daemon-reload
    systemctl start attempts`);
  return linesIn(
    await machine.sh(`cat ${output}; systemctl reset-failed attempts; rm /run/systemd/system/attempts.service`),
  );
}

function linesIn(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
