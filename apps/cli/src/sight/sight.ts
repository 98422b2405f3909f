/** What `look-around` shall look for: JSON in its first argument. */
export interface Asked {
  readonly paths: readonly string[];
  readonly addresses: readonly Address[];
  /** Whether to read the environment of every process there. */
  readonly environments: boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What it found: JSON on its stdout. */
export interface Sight {
  /** For each path the number of its entries (1 for a file that can be read), or the error's code. */
  readonly paths: readonly (number | string)[];
  /** For each address `connected`, or the error's code. */
  readonly addresses: readonly string[];
  /** Names of the processes. */
  readonly processes: readonly string[];
  readonly interfaces: readonly string[];
  /** Environment of every process that shows it, as text; empty when not asked for. */
  readonly environments: string;
  /** Which process and network namespaces these are, as the kernel names them. */
  readonly namespaces: { readonly pid: string; readonly net: string };
  readonly uid: number;
  /** Effective capabilities, as the kernel prints them: hexadecimal digits. */
  readonly capabilities: string;
  /** The kernel's seccomp mode: 0 none, 2 a filter. */
  readonly seccomp: string;
}
