import type { OptionReader } from "./option-reader.ts";

/**
 * Reads the option `baseUrl`: where a provider's API is spoken, such as `https://proxy.example/v1`. It
 * is stored and shown as it is, so it may hold no credentials.
 */
export function optionalBaseUrl(options: OptionReader): string | undefined {
  const text = options.optionalText("baseUrl");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw options.refuse("baseUrl", "must be a URL that begins with http:// or https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw options.refuse("baseUrl", "must hold no user name and no password; give the key in apiKeys");
  }
  if (url.search !== "" || url.hash !== "") {
    throw options.refuse("baseUrl", "must hold no query and no fragment");
  }
  return url.href.replace(/\/+$/, "");
}
