import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** sys/socket.h */
const type = { stream: 1, datagram: 2, raw: 3, ordered: 5, packet: 10 } as const;
const highBit = 2 ** 32;

/** Families that other modules of the kernel make, with their names in /proc/net/protocols. */
const families = [
  {
    id: "vsock",
    family: 40,
    type: type.stream,
    protocol: "AF_VSOCK",
    source: "CVE-2021-26708; CVE-2025-21756",
  },
  { id: "crypto", family: 38, type: type.ordered, protocol: "ALG", source: "CVE-2019-8912, AF_ALG" },
  { id: "xdp", family: 44, type: type.raw, protocol: "XDP", source: "AF_XDP, packet(7)" },
  { id: "tipc", family: 30, type: type.ordered, protocol: "TIPC", source: "CVE-2021-43267, CVE-2022-0435" },
  { id: "can", family: 29, type: type.datagram, protocol: "CAN_BCM", source: "CVE-2021-3609" },
  {
    id: "bluetooth",
    family: 31,
    type: type.ordered,
    protocol: "L2CAP",
    source: "CVE-2020-12351, BleedingTooth",
  },
  { id: "ipsec-key", family: 15, type: type.raw, protocol: "KEY", source: "CVE-2022-1353, AF_KEY" },
  { id: "rds", family: 21, type: type.ordered, protocol: "RDS", source: "CVE-2010-3904" },
].map(
  ({ id, family, type, protocol, source }): NativeProbe => ({
    id: `socket-${id}`,
    title: `a socket of family ${family}, ${id}`,
    method: `socket(${family})`,
    source,
    act: ["open-socket", String(family), String(type), family === 15 ? "2" : "0"],
    controls: ["unfiltered", "userns"],
    protocol,
  }),
);

/** The doors of the kernel to which a socket is the key. */
export const socketProbes: readonly Probe[] = nativeProbes("kernel surface", [
  ...families,
  {
    id: "socket-vsock-high-bits",
    title: "a socket to the machine's host, with high bits",
    method: "socket(AF_VSOCK | 1 << 32), whose high bits the kernel drops",
    source: "seccomp(2): arguments are 64 bits wide, the kernel's own are not",
    act: ["open-socket", String(40 + highBit), String(type.stream), "0"],
    controls: ["unfiltered"],
    protocol: "AF_VSOCK",
  },
  {
    id: "socket-netlink",
    title: "a netlink socket",
    method: "socket(AF_NETLINK)",
    source: "CVE-2022-32250, CVE-2023-32233, CVE-2024-1086: nf_tables",
    act: ["open-socket", "16", String(type.raw), "0"],
    controls: ["unfiltered"],
  },
  {
    id: "socket-netlink-high-bits",
    title: "a netlink socket, with high bits",
    method: "socket(AF_NETLINK | 1 << 32)",
    source: "seccomp(2): arguments are 64 bits wide, the kernel's own are not",
    act: ["open-socket", String(16 + highBit), String(type.raw), "0"],
    controls: ["unfiltered"],
  },
  {
    id: "socket-packet",
    title: "a packet socket",
    method: "socket(AF_PACKET, SOCK_DGRAM)",
    source: "CVE-2017-7308, CVE-2020-14386",
    act: ["open-socket", "17", String(type.datagram), "0"],
    controls: ["userns"],
    protocol: "PACKET",
  },
  {
    id: "socket-packet-by-type",
    title: "a packet socket by the old type",
    method: "socket(AF_INET, SOCK_PACKET), which the kernel takes for AF_PACKET",
    source: "packet(7)",
    act: ["open-socket", "2", String(type.packet), "768"],
    controls: ["userns"],
    protocol: "PACKET",
  },
  {
    id: "socket-raw-ip",
    title: "a raw socket",
    method: "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)",
    source: "raw(7); CVE-2017-17712",
    act: ["open-socket", "2", String(type.raw), "1"],
    controls: ["userns"],
  },
  {
    id: "socket-raw-ipv6",
    title: "a raw socket of IPv6",
    method: "socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)",
    source: "raw(7)",
    act: ["open-socket", "10", String(type.raw), "58"],
    controls: ["userns"],
    protocol: "RAWv6",
  },
  {
    id: "socket-ping",
    title: "a ping socket",
    method: "socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)",
    source: "CVE-2015-3636",
    act: ["open-socket", "2", String(type.datagram), "1"],
    controls: ["unfiltered", "userns"],
  },
  {
    id: "socket-multipath",
    title: "a multipath TCP socket",
    method: "socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)",
    source: "RFC 8684: a protocol that programs here do not need",
    act: ["open-socket", "2", String(type.stream), "262"],
    controls: ["unfiltered"],
    protocol: "MPTCP",
  },
  {
    id: "socket-sctp",
    title: "an SCTP socket",
    method: "socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)",
    source: "CVE-2019-8956, CVE-2021-3772",
    act: ["open-socket", "2", String(type.stream), "132"],
    controls: ["unfiltered"],
    protocol: "SCTP",
  },
  {
    id: "socket-udp-lite",
    title: "a UDP-Lite socket",
    method: "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)",
    source: "udplite(7): a protocol that programs here do not need",
    act: ["open-socket", "2", String(type.datagram), "136"],
    controls: ["unfiltered"],
    protocol: "UDP-Lite",
  },
]);
