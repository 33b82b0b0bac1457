#!/bin/sh
# Makes the disk and the kernels of the machine that `npm run test:vm` boots: Debian 12 from Debian's packages, by the
# mirror that apt has here, with this machine's Node.js. Kept outside the clone, named by the hash of what makes it, and
# made anew when that changes; the program under test is no part of it. Needs root, mmdebstrap and e2fsprogs.
#
# usage: vm-image.sh    `current` beside the images names the one that this machine would make now
set -eu

exit_unavailable=69 # sysexits(3) EX_UNAVAILABLE
exit_noperm=77      # EX_NOPERM
release=bookworm
newer_release=trixie # Only its kernel; where it cannot be had, the reason is kept in its place.
cache="${XDG_CACHE_HOME:-$HOME/.cache}/zos-boot/vm"
node=$(readlink -f "$(command -v node)")

packages=linux-image-amd64,systemd-sysv,udev,dbus,initramfs-tools,kmod,qemu-guest-agent
packages=$packages,iproute2,nftables,dhcpcd-base,udhcpc,dnsmasq-base,ndisc6,netcat-openbsd,procps,util-linux,libc-bin
packages=$packages,iputils-ping,libstdc++6

say() {
  echo "vm-image: $*"
}

fail() {
  say "$*" >&2
  exit "$exit_unavailable"
}

hash=$({
  cat "$0"
  node --version
  sha256sum <"$node"
} | sha256sum | cut -c 1-16)
image=$cache/$hash

if [ -e "$image/disk.img" ]; then
  ln -sfn "$hash" "$cache/current"
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  say "making the machine's disk needs root: run it with sudo" >&2
  exit "$exit_noperm"
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
work=$cache/.making
started=$(date +%s)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
rm -rf "$work"
mkdir -p "$work/kernels"
root=$work/root

# The first of Debian's own archives among those that apt knows here, whatever file names it.
mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
  sed -n 's/^Debian Debian //p' | head -n 1)
[ -n "$mirror" ] || fail "apt knows no archive of Debian's here (apt-get update makes it look)"
source_of() {
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main"
}

# What commands say is of interest only when they fail.
quietly() {
  "$@" >"$work/output" 2>&1 && return
  tail -n 30 "$work/output" >&2
  return 1
}

# The initramfs has what the disk needs, and NICs when ZOS_VM_NICS is set. Before it hands over it copies the second disk,
# on which a run brings its program, over the first: no package of Debian's knows of that. `ip=` is obeyed by Debian's
# own function, which otherwise only those call that need a network for their root.
cat >"$work/hook" <<'END'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk ext4 crc32c_generic crc32c_intel
[ -z "$ZOS_VM_NICS" ] || manual_add_modules virtio_net e1000 af_packet
END
cat >"$work/layer" <<'END'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
if mount -t ext4 -o ro /dev/vdb "${rootmnt}/mnt"; then
  chroot "${rootmnt}" /bin/cp -a --remove-destination /mnt/. /
  umount "${rootmnt}/mnt"
fi
[ -z "$IP" ] || { . /scripts/functions && configure_networking; }
END
# Debian's initramfs reads ip= and leaves it to whoever needs a network to act on it, as dropbear and open-iscsi do.
cat >"$work/network" <<'END'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
[ -n "$IP" ] || exit 0
. /scripts/functions
configure_networking
END
cat >"$work/essential" <<END
#!/bin/sh
set -eu
settings=\$1/etc/initramfs-tools
mkdir -p "\$settings/conf.d" "\$settings/hooks" "\$settings/scripts/init-premount" "\$settings/scripts/init-bottom"
echo MODULES=list >"\$settings/conf.d/zos-vm"
cp "$work/hook" "\$settings/hooks/zos-vm"
cp "$work/network" "\$settings/scripts/init-premount/zos-vm"
cp "$work/layer" "\$settings/scripts/init-bottom/zos-vm"
END
chmod 755 "$work/hook" "$work/network" "$work/layer" "$work/essential"

make_root() {
  say "making Debian 12 ($release) from its packages, once; a few minutes"
  source_of "$release" | quietly mmdebstrap --variant=minbase --include="$packages" --format=directory \
    --essential-hook="$work/essential" "$release" "$root" - || fail "mmdebstrap made no Debian 12, see above"
}

configure_root() {
  install -D "$node" "$root$node"
  quietly chroot "$root" "$node" --version || fail "this machine's Node.js does not run on Debian 12"
  echo zos-vm >"$root/etc/hostname"
  printf '127.0.0.1 localhost zos-vm\n::1 localhost\n' >"$root/etc/hosts"
  # Each machine gets its own at its first boot, and resolvers from its lease.
  : >"$root/etc/machine-id"
  : >"$root/etc/resolv.conf"
  rm -f "$root/var/lib/dbus/machine-id"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  chroot "$root" passwd -q -d root
  # What a console needs that nobody types at, and what looks after disks, only costs time.
  for unit in getty@tty1.service serial-getty@ttyS0.service e2scrub_reap.service apt-daily.timer \
    apt-daily-upgrade.timer e2scrub_all.timer systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  mkdir -p "$root/var/log/journal"
}

# By hand: the package wants tools of its own release, of which the kernel needs none.
fetch_newer_kernel() {
  apt="$work/apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$work/newer"
  source_of "$newer_release" >"$apt/sources.list"
  newer_apt() {
    command=$1
    shift
    quietly "$command" -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
      -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root "$@"
  }
  newer_apt apt-get update || return 1
  newer_apt apt-cache depends linux-image-amd64 || return 1
  package=$(sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' "$work/output" | head -n 1)
  [ -n "$package" ] || return 1
  (cd "$work/newer" && newer_apt apt-get download "$package") || return 1
  dpkg-deb -x "$work"/newer/*.deb "$work/newer/root"
  cp "$work"/newer/root/boot/* "$root/boot/"
  modules=$work/newer/root/usr/lib/modules
  [ -d "$modules" ] || modules=$work/newer/root/lib/modules
  newer_version=$(ls "$modules")
  cp -a "$modules/$newer_version" "$root/usr/lib/modules/"
  chroot "$root" depmod "$newer_version"
}

# usage: make_kernel VERSION NAME
make_kernel() {
  mkdir -p "$work/kernels/$2"
  cp "$root/boot/vmlinuz-$1" "$work/kernels/$2/vmlinuz"
  mount_proc="mount -t proc proc /proc"
  quietly unshare --mount chroot "$root" sh -c "$mount_proc; mkinitramfs -o /boot/initrd-plain $1 &&
    ZOS_VM_NICS=1 mkinitramfs -o /boot/initrd-nics $1" || fail "no initramfs for Linux $1"
  mv "$root/boot/initrd-plain" "$root/boot/initrd-nics" "$work/kernels/$2/"
}

make_root
configure_root
version=$(ls "$root/usr/lib/modules")
make_kernel "$version" "$release"
say "Linux $version of $release"
if fetch_newer_kernel; then
  make_kernel "$newer_version" "$newer_release"
  say "Linux $newer_version of $newer_release"
else
  echo "the kernel of Debian's $newer_release cannot be had from the mirror that apt has here" >"$work/kernels/$newer_release.why-not"
  say "$(cat "$work/kernels/$newer_release.why-not")"
fi
rm -rf "$root"/boot/*
say "making the disk"
quietly mke2fs -q -t ext4 -d "$root" "$work/disk.img" 3G || fail "no disk"
rm -rf "$root" "$work/apt" "$work/newer" "$work/hook" "$work/network" "$work/layer" "$work/essential" "$work/output"
rm -f "$cache/current"
for old in "$cache"/*/; do
  rm -rf "$old"
done
mv "$work" "$image"
ln -s "$hash" "$cache/current"
say "made $(du -sh "$image" | cut -f 1) in $(($(date +%s) - started)) s: $image"
