#!/bin/sh
# The least that brings workloads onto the Internet through a NIC that is known to work: no choice, no retry, nothing read back.
# `npm run bench` compares the program with it, on a node of the lab.
#
#   baseline.sh up NIC TARGET4 TARGET6   does it; a target is an address to reach, empty where the network lacks the family
#   baseline.sh down NIC                 undoes it
set -eu
verb=$1 nic=$2 target4=${3-} target6=${4-}

# A lease on $3, of which the server knows the client as $2, and an advertisement on $4; $1 leads into a namespace.
configure() {
  if [ -n "$target4" ]; then
    $1 dhcpcd --ipv4only --config /dev/null --script /bin/true --clientid="$2" \
      --nodelay --noarp --noipv4ll --persistent "$3" >/dev/null 2>&1 & # Returns with a lease, and goes on behind.
  fi
  if [ -n "$target6" ]; then
    until $1 rdisc6 -1 -q -r 1 -w 100 "$4" >/dev/null 2>&1; do :; done # A port may forward only some time after it came up.
  fi
  wait
}
reach() {
  for target in $target4 $target6; do $1 nc -z -w 1 "$target" 443; done
}
end() {
  if [ -e "/run/dhcpcd/$1-4.pid" ]; then kill "$(cat "/run/dhcpcd/$1-4.pid")"; fi
}
probe='ip netns exec probe'
ndmz='ip netns exec ndmz'

if [ "$verb" = down ]; then
  end zos
  end npub4
  ip netns del ndmz
  ip link set dev "$nic" nomaster down
  ip link del dev zos
  ip link del dev br-ndmz
  echo 0 >"/proc/sys/net/ipv6/conf/$nic/disable_ipv6"
  exit
fi

# The NIC is tried in a namespace of its own.
echo 1 >"/proc/sys/net/ipv6/conf/$nic/disable_ipv6"
ip -batch - <<END
link set dev $nic up
netns add probe
link add link $nic name $nic netns probe type macvlan mode passthru
END
$probe sysctl -q -w net/ipv6/conf/default/accept_dad=0 "net/ipv6/conf/$nic/accept_dad=0"
ip -n probe link set dev "$nic" up
configure "$probe" baseline "$nic" "$nic"
reach "$probe"
end "$nic"
ip -n probe link del dev "$nic"
ip netns del probe

# It becomes the port of zos, which has the same lease.
ip link add name zos address "$(cat "/sys/class/net/$nic/address")" type bridge stp_state 0
for parameter in accept_ra=2 optimistic_dad=1 use_optimistic=1; do
  echo "${parameter#*=}" >"/proc/sys/net/ipv6/conf/zos/${parameter%=*}"
done
ip -batch - <<END
link set dev $nic master zos
link set dev zos up
END
configure '' baseline zos zos
reach ''

# ndmz routes for workloads.
ip -batch - <<END
netns add ndmz
link add name br-ndmz type bridge stp_state 0
link set dev br-ndmz up
link add link br-ndmz name tonrs netns ndmz type macvlan mode bridge
link add link zos name npub4 netns ndmz type macvlan mode bridge
link add link zos name npub6 netns ndmz type macvlan mode bridge
END
$ndmz sysctl -q -w net/ipv6/conf/npub4/disable_ipv6=1 net/ipv6/conf/npub6/accept_ra=2 \
  net/ipv6/conf/npub6/optimistic_dad=1 net/ipv6/conf/npub6/use_optimistic=1
ip -n ndmz -batch - <<END
link set dev lo up
link set dev tonrs up
link set dev npub4 up
link set dev npub6 up
addr add 100.127.0.1/16 dev tonrs
addr add fd00::1/64 dev tonrs nodad
addr add fe80::1/64 dev tonrs nodad
END
configure "$ndmz" baseline-ndmz npub4 npub6
$ndmz nft -f - <<END
table inet baseline {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname { npub4, npub6 } masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname tonrs oifname { npub4, npub6 } accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname lo accept
    icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
  }
}
END
$ndmz sysctl -q -w net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1
reach "$ndmz"
