import { afterEach, describe, expect, test, vi } from "vitest";
import { modelCall } from "./model-call.ts";
import { modelServer } from "./model-server.ts";
import { openLine } from "./open-line.ts";

afterEach(() => vi.unstubAllEnvs());

/** What the provider's clients and pi-ai look for in the environment of the process. */
const ambient = {
  ANTHROPIC_API_KEY: "ambient-1",
  ANTHROPIC_AUTH_TOKEN: "ambient-2",
  ANTHROPIC_BASE_URL: "http://ambient.invalid",
  ANTHROPIC_CUSTOM_HEADERS:
    "X-Api-Key: ambient-3\nAUTHORIZATION: Bearer ambient-4\nX-Own: ambient-5\nno header",
  OPENAI_API_KEY: "ambient-6",
  OPENAI_ADMIN_KEY: "ambient-7",
  OPENAI_BASE_URL: "http://ambient.invalid",
  OPENAI_ORG_ID: "ambient-8",
  OPENAI_PROJECT_ID: "ambient-9",
  OPENAI_CUSTOM_HEADERS: "Authorization: Bearer ambient-10\nx-own: ambient-11",
  PI_CACHE_RETENTION: "long",
};

describe("the environment of the process", () => {
  test.each(["openai", "anthropic"] as const)(
    "adds nothing to a call in the %s protocol",
    async (protocol) => {
      for (const [name, value] of Object.entries(ambient)) vi.stubEnv(name, value);
      const server = await modelServer([{ text: "hello" }]);
      const provider = protocol;
      const target = { provider, model: "m", baseUrl: server.baseUrls[protocol] };
      const line = openLine(target, { key: "sk-of-the-tenant" });
      await line.call(modelCall());
      const request = server.requests[0];
      expect(request).toMatchObject({ protocol, apiKey: "sk-of-the-tenant" });
      expect(JSON.stringify(request?.headers)).not.toMatch(/ambient/);
      // What a long cache retention would send.
      expect(JSON.stringify(request?.raw)).not.toMatch(/"1h"|"24h"/);
    },
  );

  test("gives no key when the platform was made with another environment", () => {
    for (const [name, value] of Object.entries(ambient)) vi.stubEnv(name, value);
    for (const provider of ["openai", "anthropic"]) {
      expect(() => openLine({ provider, model: "m", baseUrl: "http://127.0.0.1:1" })).toThrow(
        expect.objectContaining({ code: "MISSING_API_KEY" }),
      );
    }
  });
});
