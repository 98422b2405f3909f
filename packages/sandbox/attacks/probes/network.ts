import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { nativeProbes } from "../native-probe.ts";
import { type Act, type Probe, type ProbeContext, skipped, type Trial } from "../probe.ts";
import { type Service, tcpService, udpService } from "../services.ts";
import { whereThereIs } from "../where-there-is.ts";

const area = "network";

/** Addresses that lead nowhere inside; the control makes them its own in a network namespace. */
const addresses = nativeProbes(area, [
  {
    id: "cloud-metadata",
    title: "the cloud's metadata service",
    method: "connect to 169.254.169.254:80, where credentials of the machine are given out",
    source: "Capital One 2019; RFC 3927",
    act: ["connect-tcp", "169.254.169.254", "80"],
    controlAct: ["reach", "tcp", "169.254.169.254", "80"],
    controls: ["userns"],
  },
  {
    id: "dns",
    title: "a name server",
    method: "send a datagram to 8.8.8.8:53, the usual way to carry data out",
    source: "RFC 1035; tunnels such as iodine",
    act: ["exchange-udp", "8.8.8.8", "53"],
    controlAct: ["reach", "udp", "8.8.8.8", "53"],
    controls: ["userns"],
  },
  {
    id: "link-local",
    title: "an IPv6 link-local neighbour",
    method: "connect to fe80::1, which needs no route",
    source: "RFC 4291; CVE-2020-10749 and CVE-2020-13401: containers forgotten by IPv4-only rules",
    act: ["connect-tcp", "fe80::1", "80"],
    controlAct: ["reach", "tcp", "fe80::1", "80"],
    controls: ["userns"],
  },
  {
    id: "add-address",
    title: "an address of one's own choice",
    method: "ioctl(2) SIOCSIFADDR on the loopback, to be what programs trust",
    source: "netdevice(7)",
    act: ["add-address", "192.0.2.7"],
    controls: ["userns"],
  },
  {
    id: "add-route",
    title: "a route",
    method: "ioctl(2) SIOCADDRT of a default route",
    source: "rtnetlink(7)",
    controls: ["userns"],
  },
  {
    id: "loopback-down",
    title: "the loopback taken down",
    method: "ioctl(2) SIOCSIFFLAGS without IFF_UP",
    source: "netdevice(7)",
    controls: ["userns"],
  },
  {
    id: "firewall",
    title: "the packet filter's tables",
    method: "getsockopt(2) IPT_SO_GET_INFO, the way into netfilter without netlink",
    source: "CVE-2021-22555: netfilter's socket options",
    controls: ["userns"],
  },
  {
    id: "mark-packets",
    title: "marked packets",
    method: "setsockopt(2) SO_MARK, which chooses routes and rules",
    source: "socket(7)",
    controls: ["userns"],
  },
]);

interface ServiceProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  start(): Promise<Service | Trial>;
  /** How a program reaches it. */
  act(service: Service): Act;
}

/** Services of the host that the lane's process runs itself. */
function serviceProbe({ start, act, ...row }: ServiceProbe): Probe {
  const reach = async (place: ProbeContext["inside"]) => {
    const service = await start();
    if ("outcome" in service) return service;
    try {
      return await place(...act(service));
    } finally {
      await service.close();
    }
  };
  return {
    ...row,
    area,
    light: true,
    attack: (context) => reach(context.inside),
    control: (context) => reach(context.outside),
  };
}

function hostAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
}

const services = [
  serviceProbe({
    id: "loopback-tcp",
    title: "a service on the host's loopback",
    method: "connect to 127.0.0.1 by TCP",
    source: "CVE-2025-9074: Docker Desktop's API was open to containers",
    start: () => tcpService("127.0.0.1"),
    act: ({ port }) => ["connect-tcp", "127.0.0.1", port],
  }),
  serviceProbe({
    id: "loopback-tcp6",
    title: "a service on the host's IPv6 loopback",
    method: "connect to ::1 by TCP",
    source: "rules that forget IPv6",
    start: () => tcpService("::1"),
    act: ({ port }) => ["connect-tcp", "::1", port],
  }),
  serviceProbe({
    id: "loopback-any",
    title: "the loopback by another name",
    method: "connect to 0.0.0.0, which means this host",
    source: "the browsers' 0.0.0.0 day, 2024",
    start: () => tcpService("127.0.0.1"),
    act: ({ port }) => ["connect-tcp", "0.0.0.0", port],
  }),
  serviceProbe({
    id: "loopback-mapped",
    title: "the loopback as an IPv6 address",
    method: "connect to ::ffff:127.0.0.1",
    source: "RFC 4291, IPv4-mapped addresses",
    start: () => tcpService("127.0.0.1"),
    act: ({ port }) => ["connect-tcp", "::ffff:127.0.0.1", port],
  }),
  serviceProbe({
    id: "loopback-udp",
    title: "a datagram service on the host's loopback",
    method: "send to 127.0.0.1 by UDP and wait for the answer",
    source: "a resolver at 127.0.0.53 and its like",
    start: () => udpService("127.0.0.1"),
    act: ({ port }) => ["exchange-udp", "127.0.0.1", port],
  }),
  serviceProbe({
    id: "host-address",
    title: "the host by its own address",
    method: "connect to an address of a network card of the host",
    source: "CVE-2020-8558: 127.0.0.1 and node addresses of Kubernetes' hosts",
    start: async () =>
      hostAddress() === undefined
        ? skipped("this host has no address but the loopback's")
        : tcpService("0.0.0.0"),
    act: ({ port }) => ["connect-tcp", hostAddress() ?? "", port],
  }),
  serviceProbe({
    id: "host-sockets-list",
    title: "the host's list of sockets",
    method: "look for a listener of the host in /proc/net/tcp",
    source: "proc(5), /proc/net",
    start: () => tcpService("127.0.0.1"),
    act: ({ port }) => [
      "find-in",
      "/proc/net/tcp",
      `:${Number(port).toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`,
    ],
  }),
];

const others = [
  whereThereIs(
    {
      id: "interfaces",
      area,
      title: "the host's network interfaces",
      method: "ioctl(2) SIOCGIFNAME for every index",
      source: "netdevice(7)",
      light: true,
      attack: (context) => context.inside("interfaces"),
      control: (context) => context.outside("interfaces"),
    },
    () =>
      Object.keys(networkInterfaces()).every((name) => name === "lo")
        ? "this host has no interface but the loopback"
        : undefined,
  ),
  whereThereIs(
    {
      id: "tunnel",
      area,
      title: "a tunnel",
      method: "open /dev/net/tun and make an interface",
      source: "Documentation/networking/tuntap.rst",
      light: true,
      attack: (context) => context.inside("tunnel"),
      async control(context) {
        const trial = await context.userns("tunnel");
        return trial.detail === "EACCES" ? skipped("this user may not make tunnels") : trial;
      },
    },
    () => (existsSync("/dev/net/tun") ? undefined : "no /dev/net/tun on this host"),
  ),
];

export const networkProbes: readonly Probe[] = [...addresses, ...services, ...others];
