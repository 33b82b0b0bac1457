/** Where the lab keeps its files: in the sandbox's own /run, so that they go when it goes. */
export const labDir = "/run/zos-lab";

/** The open file by which a command in the sandbox may tell whoever started it something, in lines. */
export const streamFd = 4;

/** Directories whose changes stay inside; the machine's are the lower side of an overlay. */
export const privateDirs = ["etc", "var"] as const;

/** Where an overlaid directory can be seen as the machine has it; overlays over it do not stack (the kernel allows two). */
export function lowerDir(dir: string): string {
  return `${labDir}/lower/${dir}`;
}

/**
 * A set of namespaces whose processes the kernel ends all together: when pid 1 in it dies, when `unshare` dies, or when
 * whoever started it dies (prctl(2) PR_SET_PDEATHSIG).
 */
const isolate = [
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--propagation", "private"],
];

/**
 * A parent that died before its child asked to be told of it goes unnoticed. So pid 1 looks, while /proc is still the
 * outer one, whether `unshare` is still its parent and the starter that of `unshare`.
 */
const ensureParents = `
set -e
parentOf() {
  while read -r key value rest; do
    if [ "$key" = PPid: ]; then parent=$value; fi
  done < /proc/$1/status
}
parentOf self
read -r name < /proc/$parent/comm
[ "$name" = unshare ]
parentOf $parent
[ "$parent" = "$1" ]
shift
`;

/** Pid 1 must not `exec` its command: as the shell that waits for it, it reaps orphans too. */
const sandboxInit = `${ensureParents}
mount -n -t proc proc /proc
mount -n -t sysfs sysfs /sys
mount -n -t tmpfs -o mode=755 tmpfs /mnt
for dir in ${privateDirs.join(" ")}; do
  side=/mnt/zos-lab
  mkdir -p $side/lower/$dir $side/upper/$dir $side/work/$dir
  source=/$dir
  if [ -d ${labDir}/lower/$dir ]; then source=${labDir}/lower/$dir; fi
  mount -n --bind $source $side/lower/$dir
  mount -n -t overlay -o lowerdir=$side/lower/$dir,upperdir=$side/upper/$dir,workdir=$side/work/$dir overlay /$dir
done
mkdir /mnt/netns /mnt/lock
mount -n --move /mnt /run
mount -n --bind /run/netns /run/netns
mount -n --make-shared /run/netns
ip link set lo up
set +e
"$@"
exit $?
`;

/**
 * As above, but the upper sides lie where the lab sees them, nothing of the lab is visible inside, and everything else of
 * the machine is read-only. A DMI product UUID that is given takes the place of the machine's, and of all in /sys/class but NICs.
 */
const nodeInit = `${ensureParents}
side=$1
echo "$2" > /proc/sys/kernel/hostname
mount -n -t proc proc /proc
mount -n -t sysfs sysfs /sys
if [ -n "$3" ]; then
  mount -n --bind /sys/class/net /mnt
  mount -n -t tmpfs -o mode=755 tmpfs /sys/class
  mkdir -p /sys/class/net /sys/class/dmi/id
  mount -n --bind /mnt /sys/class/net
  umount -n /mnt
  echo "$3" > /sys/class/dmi/id/product_uuid
fi
for dir in ${privateDirs.join(" ")}; do
  lower=${labDir}/lower/$dir
  mount -n -t overlay -o lowerdir=$lower,upperdir=$side/upper/$dir,workdir=$side/work/$dir overlay /$dir
done
mount -n -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns /run/lock
mount -n --bind /run/netns /run/netns
mount -n --make-shared /run/netns
mount -n -o remount,bind,ro /
rm -rf /var/lib/dhcpcd/*
echo 0 > /proc/sys/net/ipv4/ip_forward
ip link set lo up
echo ready
sleep infinity &
wait
`;

/**
 * The command line that runs a command in a sandbox: namespaces of its own with no interface but `lo`, a private /run,
 * and overlays on /etc and /var. Exits with the command's exit code. Needs root, util-linux 2.38 and overlayfs on tmpfs.
 *
 * @param starter pid of the process that starts it, at whose end the sandbox ends
 */
export function sandboxArgv(command: readonly string[], starter: number = process.pid): string[] {
  return [...isolate, "sh", "-c", sandboxInit, "sandbox", String(starter), ...command];
}

/**
 * The command line that powers a node on, inside a sandbox; it says `ready` on stdout. Killing its pid 1 is a power-off.
 *
 * @param side directory with `upper` and `work`, each with every private directory in it
 * @param uuid empty for the machine's own
 */
export function nodeArgv(side: string, hostname: string, uuid: string): string[] {
  return [...isolate, "sh", "-c", nodeInit, "node", String(process.pid), side, hostname, uuid];
}
