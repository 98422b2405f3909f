import { randomUUID } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Act, type Probe, type ProbeContext, skipped, type Trial } from "../probe.ts";
import { heldAct } from "../services.ts";

/** Where a service of the host listens: the name for the program, in which @ stands for an abstract one's NUL. */
type NameOf = (context: ProbeContext) => string | Trial;

interface UnixProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  readonly type: "stream" | "datagram";
  readonly name: NameOf;
  /** The act that reaches it. */
  readonly act: string;
}

/** Acts that listen. */
const holders = { stream: "listen-unix", datagram: "receive-unix" } as const;

/** A name that nobody else has, short enough for the list of sockets and for sun_path. */
function unused(): string {
  return `cloison-attack-${randomUUID().slice(0, 8)}`;
}

const abstract = () => `@${unused()}`;

function below(directory: (context: ProbeContext) => string): NameOf {
  return (context) => join(directory(context), unused());
}

/** Services of the host that listen on a Unix socket which is not in a mount. */
function unixProbe(row: UnixProbe): Probe {
  const { id, title, method, source, act, name: nameOf } = row;
  const reach = async (context: ProbeContext, place: (...act: Act) => Promise<Trial>) => {
    const name = nameOf(context);
    if (typeof name !== "string") return name;
    const service = await heldAct(context.program, [holders[row.type], name]);
    if ("outcome" in service) return service;
    try {
      return await place(act, name);
    } finally {
      await service.close();
    }
  };
  return {
    ...{ id, title, method, source },
    area: "network",
    light: true,
    attack: (context) => reach(context, context.inside),
    control: (context) => reach(context, context.outside),
  };
}

const runDirectory = "/run";

function inRun(): NameOf {
  return (context) => {
    try {
      accessSync(runDirectory, constants.W_OK);
    } catch {
      return skipped(`this user may not make a socket in ${runDirectory}`);
    }
    return below(() => runDirectory)(context);
  };
}

export const unixSocketProbes: readonly Probe[] = [
  unixProbe({
    id: "docker-socket",
    title: "a service's socket in /run",
    method: "connect to a socket in /run, where Docker, containerd, D-Bus and systemd listen",
    source: "docker.sock in a container is root on the host (OWASP Docker rule 1)",
    type: "stream",
    name: inRun(),
    act: "connect-unix",
  }),
  unixProbe({
    id: "socket-in-tmp",
    title: "a service's socket in /tmp",
    method: "connect to a socket in the host's temporary directory, as of ssh-agent, tmux and X11",
    source: "unix(7): the path is looked up in the caller's own tree",
    type: "stream",
    name: below(({ directory }) => directory),
    act: "connect-unix",
  }),
  unixProbe({
    id: "abstract-stream",
    title: "an abstract socket of the host",
    method: "connect to a name without a path, which belongs to a network namespace",
    source: "CVE-2020-15257: containerd-shim's abstract socket",
    type: "stream",
    name: abstract,
    act: "connect-unix",
  }),
  unixProbe({
    id: "abstract-datagram",
    title: "an abstract datagram socket of the host",
    method: "sendto(2) an abstract name",
    source: "CVE-2020-15257",
    type: "datagram",
    name: abstract,
    act: "send-unix",
  }),
  unixProbe({
    id: "retarget-abstract",
    title: "a socket pair turned to an abstract name",
    method: "socketpair, connect(AF_UNSPEC), then sendto another: no socket(2) and no connect(2) to a name",
    source: "Anthropic's sandbox-runtime 0.0.83 let this through",
    type: "datagram",
    name: abstract,
    act: "retarget-unix",
  }),
  unixProbe({
    id: "retarget-path",
    title: "a socket pair turned to a path",
    method: "socketpair, connect(AF_UNSPEC), then sendto a service's path",
    source: "Anthropic's sandbox-runtime 0.0.83; /dev/log and systemd's notify socket take datagrams",
    type: "datagram",
    name: below(({ directory }) => directory),
    act: "retarget-unix",
  }),
  unixProbe({
    id: "host-unix-list",
    title: "the host's list of Unix sockets",
    method: "look for a service of the host in /proc/net/unix",
    source: "proc(5), /proc/net/unix",
    type: "stream",
    name: below(({ directory }) => directory),
    act: "find-unix",
  }),
];
