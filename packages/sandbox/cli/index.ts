/**
 * The command line `cloison-sandbox` as a part of another command, such as `cloison sandbox`. It uses this process's
 * arguments' streams and signals, as a program does, and is for programs alone.
 */
export { sandboxCli } from "./sandbox-cli.ts";
