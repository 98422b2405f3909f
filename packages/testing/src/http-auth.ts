import type { IncomingHttpHeaders } from "node:http";

/** The token of an `Authorization: Bearer` header, or undefined when there is none or it is empty. */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const match = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? "");
  return match?.[1];
}
