import { headAndTail } from "@cloison/sessions";

/** Most characters of a subagent's answer that its parent gets: some 8,000 tokens. */
const MOST = 32_768;

/** An answer, without its middle where it is long. */
export function boundedAnswer(text: string): string {
  return headAndTail(text, MOST);
}
