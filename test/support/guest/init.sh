#!/bin/sh
# Process 1 of the test guest (busybox): says GUEST-READY on the serial console once its network is asked for, GUEST-ADDRESS when it
# has one, offers a root shell, and powers off when the ACPI power button is pressed.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /run /tmp
mount -t devpts pts /dev/pts
exec </dev/ttyS0 >/dev/ttyS0 2>&1
while read -r module; do insmod "/modules/$module"; done </modules/order
hostname guest
for event in /sys/class/input/event*; do
	[ "$(cat "$event/device/name")" = "Power Button" ] || continue
	# One event, of struct input_event's 24 bytes, is the press.
	(head -c 24 "/dev/input/${event##*/}" >/dev/null && poweroff -f) &
done
ip link set lo up
for link in /sys/class/net/eth*; do
	[ -e "$link" ] || continue
	name=${link##*/}
	ip link set "$name" up
	udhcpc -i "$name" -s /etc/udhcpc -b -S -t 30 -T 1 >/dev/null 2>&1
done
echo GUEST-READY
while :; do
	setsid cttyhack sh
done
