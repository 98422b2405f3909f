/**
 * Takes the place of pi-ai's `utils/validation.js` in the bundle: each tool of ours checks its arguments
 * itself (check-arguments.ts), and pi's check would bring 146 kB of TypeBox into every worker.
 */
export function validateToolArguments(_tool: unknown, call: { arguments: unknown }): unknown {
  return call.arguments;
}
