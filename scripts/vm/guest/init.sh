#!/bin/sh
# The guest's PID 1: sets up what a server has, runs the tests, turns the machine off.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/shm /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=755 run /run
mount -t cgroup2 none /sys/fs/cgroup
modprobe -a overlay loop quota_v2 vsock tun dummy iptable_filter
# What the attacks try of sockets.
modprobe -a af_alg algif_hash tipc sctp rds af_key
mount -t ext4 /dev/vdb /project
mount -t ext4 -o prjquota /dev/vdc /tmp
chmod 1777 /tmp
busybox ifconfig lo up
# A network card, as servers have one; its other end is nowhere. The address is one for documentation (RFC 5737).
busybox ifconfig dummy0 192.0.2.1 netmask 255.255.255.0 up
busybox hostname vm
# As under systemd: controllers enabled from the root on, and the program in a group of its own.
echo "+cpu +memory +pids +io" > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/tests.service
echo 0 > /sys/fs/cgroup/tests.service/cgroup.procs
stty -F /dev/ttyS1 raw -echo
cd /project
setsid sh scripts/vm/guest/run-tests.sh < /dev/null
busybox poweroff -f
