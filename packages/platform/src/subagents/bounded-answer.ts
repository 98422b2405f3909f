/** Most characters of a subagent's answer that its parent gets: some 8,000 tokens. */
const MOST = 32_768;
/** Of these the end gets a quarter: conclusions stand there. */
const END = MOST / 4;

/** An answer, without its middle where it is long. */
export function boundedAnswer(text: string): string {
  if (text.length <= MOST) return text;
  const cut = text.length - MOST;
  return `${text.slice(0, MOST - END)}\n[… ${cut} characters of the subagent's answer left out …]\n${text.slice(-END)}`;
}
