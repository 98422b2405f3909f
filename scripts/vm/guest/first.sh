#!/bin/busybox sh
# What Linux runs first, from the initial file system: loads the driver of the disks, then goes over to them.
/bin/busybox mkdir -p /dev /root
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod "/modules/$module" || exit 1; done < /modules/order
/bin/busybox mount -t ext4 /dev/vda /root || exit 1
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/cloison-init
