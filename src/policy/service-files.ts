import { names } from "./names.ts";

/** A file that lets a process manager start the program. */
export interface ServiceFile {
  path: string;
  text: string;
}

/** Begins every file of ours; one of the same name that begins otherwise is somebody else's. */
export const marker = "# Written by `zos-boot install`, which replaces only files that begin with this line.";

/** Whether `zos-boot install` wrote this text. */
export function isOurs(text: string): boolean {
  return text.split("\n", 1)[0] === marker;
}

/** The process managers for which there are service files; the two generations of zinit take different ones. */
export type Manager = "zinit-0.2" | "zinit-0.3" | "systemd" | "vantage";

/**
 * A command line of plain words, which mean the same to zinit 0.2 (split like a shell's words), zinit 0.3 (`sh -c`) and
 * systemd (specifiers, variables), and in YAML and TOML; null when it is none. It begins with an absolute path.
 */
export function plainCommand(text: string): string | null {
  const words = text.split(" ");
  const arePlain = words.every((word) => /^[A-Za-z0-9_.+@=,/-]+$/.test(word));
  return arePlain && text.startsWith("/") ? text : null;
}

/** What of the boot must be there before zinit starts what waits for networkd. */
export const readinesses = ["online", "ndmz"] as const;
/** One of `readinesses`. */
export type Readiness = (typeof readinesses)[number];

/** The program as a process manager is to start it. */
export interface Program {
  /** Starts it, see `plainCommand`. */
  command: string;
  ready: Readiness;
}

/** The service files for a process manager. */
export function serviceFiles(manager: Manager, program: Program): ServiceFile[] {
  switch (manager) {
    case "zinit-0.2":
      return [
        { path: "/etc/zinit/internet.yaml", text: zinitYaml(internet, program) },
        { path: "/etc/zinit/networkd.yaml", text: zinitYaml(networkd, program) },
      ];
    case "zinit-0.3":
      return [
        { path: "/etc/zinit/services/internet.toml", text: zinitToml(internet, program) },
        { path: "/etc/zinit/services/networkd.toml", text: zinitToml(networkd, program) },
      ];
    case "systemd":
      return [{ path: "/etc/systemd/system/zos-boot.service", text: systemdUnit(program.command) }];
    case "vantage":
      return [{ path: "/etc/systemd/system/zos-boot-vantage.service", text: vantageUnit(program.command) }];
  }
}

interface Service {
  name: string;
  isOneshot: boolean;
  after: string;
}

/** `udev-trigger` is what zos images call the one-shot after which udev has found the NICs. */
const internet: Service = { name: "internet", isOneshot: true, after: "udev-trigger" };
const networkd: Service = { name: "networkd", isOneshot: false, after: internet.name };

/** How long a test waits before it says no, for each costs the start of Node.js. */
const testS = 20;

/** What ends with 0 when the boot is ready: online, or ndmz has its address towards network resources, which it gets last. */
function readiness({ command, ready }: Program): string {
  return ready === "online"
    ? `${command} status --wait online --timeout ${testS}s`
    : `ip -n ${names.ndmz} -4 addr show dev ${names.toResources} | grep -q inet`;
}

/**
 * A definition for zinit 0.2, whose daemons are restarted for ever, and whose one-shots never are: a shell tries again until
 * one ends with 0, or zinit is gone. What comes after a daemon is started when its test has passed, which is tried every 2 s.
 */
function zinitYaml({ name, isOneshot, after }: Service, program: Program): string {
  const { command } = program;
  const again = `pause=2; until ${command} ${name}; do kill -0 $PPID || exit; sleep $pause; pause=10; done`;
  const lines = isOneshot
    ? [`exec: /bin/sh -c '${again}'`, "oneshot: true"]
    : [`exec: ${command} ${name}`, `test: /bin/sh -c '${readiness(program)}'`];
  return `${[marker, ...lines, "after:", `  - ${after}`].join("\n")}\n`;
}

/**
 * A definition for zinit 0.3. What it calls a one-shot is never tried again; what is restarted on failure ends with 0 too.
 * Unless told otherwise it gives up after ten restarts, ever later. What comes `after` another starts as soon as that was
 * started, so that networkd itself must wait for what internet brings about; what `requires` networkd waits for its health check,
 * which zinit makes until it passes once, and kills a service that takes longer than all retries.
 */
function zinitToml({ name, isOneshot, after }: Service, program: Program): string {
  const health = [
    ...["", "[health]", 'type = "exec"', `target = "${readiness(program)}"`],
    ...["interval_ms = 2000", `timeout_ms = ${2_000 * testS}`, "retries = 1000000000"],
  ];
  const lines = [
    ...[marker, "[service]", `name = "${name}"`, `exec = "${program.command} ${name}"`],
    ...["", "[dependencies]", `after = ["${after}"]`],
    ...["", "[lifecycle]", `restart = "${isOneshot ? "on-failure" : "always"}"`],
    ...["restart_delay_ms = 2000", `restart_delay_max_ms = ${isOneshot ? 10_000 : 2_000}`, "max_restarts = 0"],
    ...(isOneshot ? [] : health),
  ];
  return `${lines.join("\n")}\n`;
}

/** What the program and the tools that it runs do with each capability (capabilities(7)). */
export const capabilities = {
  CAP_NET_ADMIN: "links, addresses, routes, rules, sysctls",
  CAP_NET_BROADCAST: "hearing of changes in namespaces (ip-monitor(8), all-nsid)",
  CAP_NET_RAW: "DHCP's packet sockets, router solicitations",
  CAP_NET_BIND_SERVICE: "the DHCP client's port 68",
  CAP_SYS_ADMIN: "network namespaces and the mounts that name them",
  CAP_SYS_PTRACE: "in whose namespace a DHCP client runs that has dropped its privileges",
  CAP_KILL: "ending such a client",
  CAP_SETUID: "dhcpcd drops its privileges",
  CAP_SETGID: "dhcpcd drops its privileges",
  CAP_SYS_CHROOT: "dhcpcd shuts itself in",
} as const;

/** A unit for systemd 247 or later: a vantage needs no privilege, and no file but its own program. */
function vantageUnit(command: string): string {
  const lines = [
    ...[marker, "[Unit]", "Description=Tells zos nodes whether IPv6 gets in to them", "After=network.target", ""],
    ...["[Service]", "Type=exec", `ExecStart=${command} vantage`, "Restart=always", "RestartSec=2"],
    ...["DynamicUser=yes", "CapabilityBoundingSet=", "NoNewPrivileges=yes", "RestrictAddressFamilies=AF_INET6"],
    ...["RestrictNamespaces=yes", "RestrictRealtime=yes", "LockPersonality=yes", "SystemCallArchitectures=native"],
    ...["SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources @aio @keyring"],
    ...["SystemCallErrorNumber=EPERM", "ProtectSystem=strict", "ProtectHome=yes", "PrivateDevices=yes"],
    ...["PrivateUsers=yes", "ProtectProc=invisible", "ProtectKernelTunables=yes", "ProtectKernelModules=yes"],
    ...["ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectClock=yes", "ProtectHostname=yes"],
    ...["UMask=0077", "MemoryMax=256M", ""],
    ...["[Install]", "WantedBy=multi-user.target"],
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * A unit for systemd 247 or later. Whatever would give it a mount namespace of its own (ProtectSystem=, ProtectHome=,
 * PrivateTmp=, PrivateDevices=, ProtectKernelTunables=, ProtectKernelModules=, ProtectKernelLogs=, ProtectControlGroups=,
 * ProtectProc=) is left out: nobody else would see the namespaces in /run/netns (systemd.exec(5), PrivateMounts=), and the
 * sysctls that the program writes would be read-only. Node.js compiles at run time, which MemoryDenyWriteExecute= forbids.
 */
function systemdUnit(command: string): string {
  const lines = [
    ...[marker, "[Unit]", "Description=Internet and NAT router of a zos node"],
    ...["After=systemd-udev-trigger.service", "Before=network.target", "Wants=network.target"],
    ...["StartLimitIntervalSec=0", ""],
    ...["[Service]", "Type=exec", `ExecStart=${command} up`, `ExecReload=${command} reload`],
    ...["Restart=always", "RestartSec=2"],
    "# Its DHCP clients go on renewing when it stops, is restarted or crashes: the next run adopts them.",
    ...["KillMode=process", "TimeoutStopSec=20", ""],
    `CapabilityBoundingSet=${Object.keys(capabilities).join(" ")}`,
    ...["NoNewPrivileges=yes", "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_PACKET"],
    ...["RestrictNamespaces=net mnt", "SystemCallArchitectures=native"],
    ...["SystemCallFilter=@system-service @mount @pkey", "SystemCallFilter=~@aio @keyring"],
    "SystemCallErrorNumber=EPERM",
    ...["DevicePolicy=closed", "LockPersonality=yes", "ProtectClock=yes", "RestrictRealtime=yes"],
    ...["RestrictSUIDSGID=yes", "UMask=0022", ""],
    "# Not possible, each for its mount namespace, which would hide /run/netns from everybody else: ProtectSystem=,",
    "# ProtectHome=, PrivateTmp=, PrivateDevices=, ProtectKernelTunables=, ProtectKernelModules=, ProtectKernelLogs=,",
    "# ProtectControlGroups=, ProtectProc=. Nor MemoryDenyWriteExecute=: Node.js compiles at run time.",
    "",
    ...["[Install]", "WantedBy=multi-user.target"],
  ];
  return `${lines.join("\n")}\n`;
}
