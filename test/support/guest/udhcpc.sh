#!/bin/sh
# What the guest's DHCP client does with its lease.
case $1 in
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/$mask" dev "$interface"
	[ -z "$router" ] || ip route add default via "${router%% *}"
	echo "GUEST-ADDRESS $interface $ip" >/dev/ttyS0
	;;
esac
