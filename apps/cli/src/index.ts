export { CliError, type CliErrorCode } from "./errors.ts";
export { main } from "./main.ts";
