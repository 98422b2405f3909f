/**
 * The OpenAI and Anthropic clients add headers that they find in the environment of the process: the
 * host's organisation and project, its admin key, and any header in `*_CUSTOM_HEADERS`, which can even
 * replace the key. With several tenants, each with a key of its own, none of these may go out.
 *
 * @returns headers to give with a call; a null says to the client that a header is not to be sent
 */
export function withoutAmbientHeaders(api: string, apiKey: string): Record<string, string | null> {
  if (api === "anthropic-messages") {
    return overrides("ANTHROPIC_CUSTOM_HEADERS", new Map([["x-api-key", apiKey]]));
  }
  if (!api.startsWith("openai-")) return {};
  const authorization = `Bearer ${apiKey}`;
  return {
    ...overrides("OPENAI_CUSTOM_HEADERS", new Map([["authorization", authorization]])),
    authorization,
    "openai-organization": null,
    "openai-project": null,
  };
}

/** Names are given as the variable spells them, since the clients merge by spelling. */
function overrides(variable: string, own: ReadonlyMap<string, string>): Record<string, string | null> {
  // The one place that reads the environment itself: to undo what the clients read from it.
  const lines = (process.env[variable] ?? "").split("\n").filter((line) => line.includes(":"));
  const names = lines.map((line) => line.slice(0, line.indexOf(":")).trim());
  return Object.fromEntries(names.map((name) => [name, own.get(name.toLowerCase()) ?? null]));
}
