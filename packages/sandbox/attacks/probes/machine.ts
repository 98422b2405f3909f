import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** linux/personality.h */
const personalities = {
  ADDR_NO_RANDOMIZE: 0x0040000,
  READ_IMPLIES_EXEC: 0x0400000,
  MMAP_PAGE_ZERO: 0x0100000,
} as const;

/** asm-generic/ioctls.h, linux/tty.h */
const terminalRequests = [
  {
    id: "type-into-terminal",
    name: "TIOCSTI",
    request: 0x5412,
    source: "CVE-2017-5226, bubblewrap; CVE-2019-10063, Flatpak",
  },
  {
    id: "paste-into-terminal",
    name: "TIOCLINUX",
    request: 0x541c,
    source: "CVE-2023-1523, snapd; CVE-2023-28100, Flatpak",
  },
  { id: "line-discipline", name: "TIOCSETD", request: 0x5423, source: "CVE-2017-2636, n_hdlc" },
] as const;

const terminals = terminalRequests.flatMap(({ id, name, request, source }): NativeProbe[] =>
  [false, true].map((high) => ({
    id: high ? `${id}-high-bits` : id,
    title: high ? `${name}, with high bits` : name,
    method: `ioctl(${name}${high ? " | 1 << 32" : ""}) on a terminal of its own`,
    source: high ? "CVE-2019-10063, Flatpak: the kernel looks at 32 bits of the request" : source,
    act: ["terminal", String(request + (high ? 2 ** 32 : 0))],
    controls: ["unfiltered"],
  })),
);

const covered = [
  { name: "kallsyms", what: "the kernel's symbols" },
  { name: "keys", what: "keys" },
  { name: "key-users", what: "who has keys" },
  { name: "interrupts", what: "interrupts, by whose times one hears keys being struck" },
].map(
  ({ name, what }): NativeProbe => ({
    id: `proc-${name}`,
    title: `/proc/${name}`,
    method: `read /proc/${name}: ${what}`,
    source: "OCI runtimes' maskedPaths",
    act: ["read-file", `/proc/${name}`],
    controls: ["unmasked"],
  }),
);

const rootFiles = [
  { name: "kcore", what: "the machine's memory" },
  { name: "kmsg", what: "the kernel's log" },
].map(
  ({ name, what }): NativeProbe => ({
    id: `proc-${name}`,
    title: `/proc/${name}`,
    method: `open /proc/${name}: ${what}`,
    source: "OCI runtimes' maskedPaths",
    act: ["open-file", `/proc/${name}`],
    controls: ["outside"],
    forRoot: true,
  }),
);

const forRoot = { controls: ["unfiltered", "outside"], forRoot: true } satisfies Partial<NativeProbe>;
const unfiltered = { controls: ["unfiltered"] } satisfies Partial<NativeProbe>;
const modules = { path: "/proc/sys/kernel/modules_disabled", allows: ["0"] } as const;

type Row = readonly [
  id: string,
  title: string,
  method: string,
  source: string,
  parts: Pick<NativeProbe, "act" | "controls"> & Partial<NativeProbe>,
];

/** Every act here is made so that the machine stays as it is where it is allowed. */
const rows: readonly Row[] = [
  [
    "kexec-load",
    "another kernel",
    "kexec_load()",
    "kexec_load(2)",
    {
      act: ["start-other-kernel"],
      ...forRoot,
      setting: { path: "/proc/sys/kernel/kexec_load_disabled", allows: ["0"] },
    },
  ],
  [
    "init-module",
    "a kernel module from memory",
    "init_module()",
    "init_module(2)",
    { act: ["load-module"], ...forRoot, setting: modules },
  ],
  [
    "finit-module",
    "a kernel module from a file",
    "finit_module()",
    "init_module(2)",
    { act: ["load-module-file"], ...forRoot, setting: modules },
  ],
  [
    "delete-module",
    "a kernel module less",
    "delete_module()",
    "delete_module(2)",
    { act: ["unload-module"], ...forRoot, setting: modules },
  ],
  ["quotactl", "disk quotas", "quotactl(Q_SYNC)", "quotactl(2)", { act: ["sync-quotas"], ...unfiltered }],
  ["swapon", "swap space", "swapon()", "swapon(2)", { act: ["swap-on"], ...forRoot }],
  [
    "reboot",
    "an end to the machine",
    "reboot()",
    "reboot(2)",
    { act: ["start-again"], controls: ["userns"] },
  ],
  [
    "sethostname",
    "the machine's name",
    "sethostname()",
    "sethostname(2)",
    { act: ["name-machine"], controls: ["userns"] },
  ],
  [
    "setdomainname",
    "the machine's domain",
    "setdomainname()",
    "setdomainname(2)",
    { act: ["name-machine", "domain"], controls: ["userns"] },
  ],
  [
    "clock-settime",
    "the clock",
    "clock_settime(CLOCK_REALTIME)",
    "clock_settime(2)",
    { act: ["set-clock"], ...unfiltered },
  ],
  [
    "settimeofday",
    "the clock, the old way",
    "settimeofday()",
    "settimeofday(2)",
    { act: ["set-time"], ...unfiltered },
  ],
  ["adjtimex", "the clock's pace", "adjtimex()", "adjtimex(2)", { act: ["adjust-clock"], ...unfiltered }],
  [
    "syslog",
    "the kernel's log by syslog",
    "syslog(SYSLOG_ACTION_SIZE_BUFFER)",
    "syslog(2)",
    { act: ["read-kernel-log"], ...forRoot },
  ],
  [
    "lookup-dcookie",
    "paths by their cookies",
    "lookup_dcookie()",
    "lookup_dcookie(2), until Linux 6.6",
    { act: ["profile-code"], ...forRoot },
  ],
  ["iopl", "all input and output ports", "iopl()", "iopl(2)", { act: ["open-ports"], ...unfiltered }],
  [
    "ioperm",
    "some input and output ports",
    "ioperm()",
    "ioperm(2)",
    { act: ["open-port-range"], ...unfiltered },
  ],
  [
    "modify-ldt",
    "segments of its own",
    "modify_ldt()",
    "CVE-2015-5157, CVE-2015-8845",
    { act: ["change-segments"], ...unfiltered },
  ],
  [
    "call-by-x32",
    "calls by x32's numbers",
    "getpid with bit 30 set in its number",
    "CVE-2014-0038; seccomp(2) on x32",
    { act: ["call-by-x32"], ...unfiltered },
  ],
  [
    "call-by-int80",
    "calls by the gate of 32-bit programs",
    "int 0x80, where numbers mean other calls",
    "seccomp(2): check the architecture",
    { act: ["call-by-int80"], ...unfiltered },
  ],
];

/** The machine as a whole: its kernel, clock, name, ports, log and terminals. */
export const machineProbes: readonly Probe[] = nativeProbes("kernel surface", [
  ...rows.map(([id, title, method, source, parts]) => ({ id, title, method, source, ...parts })),
  ...Object.entries(personalities).map(
    ([name, value]): NativeProbe => ({
      id: `personality-${name.toLowerCase().replaceAll("_", "-")}`,
      title: `the personality ${name}`,
      method: `personality(${name}), which switches hardening off`,
      source: "personality(2)",
      act: ["set-personality", String(value)],
      controls: ["unfiltered"],
    }),
  ),
  ...terminals,
  ...covered,
  ...rootFiles,
]);
