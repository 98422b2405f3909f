// Finds an HTTP status in words. Numbers that only look like one (records, tickets, tokens) are the danger, so a
// number counts only where errors have it: at the start, or after a word that announces it.

const REASON_PHRASE =
  "bad|unauthori[sz]ed|payment|forbidden|not|method|request|conflict|gone|payload|content|unprocessable|too|rate|internal|gateway|service|server|overloaded|status|error\\b|page|client|invalid|insufficient|model|resource|upstream|capacity|quota|timeout|usage|token|site|web|origin|connection";

const AT_START = new RegExp(
  `^\\W{0,4}(?:(?:\\w+ ){0,2}error:?\\s+)?(?:https?[/\\d.]*\\s*)?(?:error\\s*)?(?:status\\s*)?(?:code)?[\\s:(=]{0,3}([45]\\d\\d)(?:$|\\)?\\s*[:{<([\\-–—,|]|\\s+(?:[A-Z"'{<\\u0080-\\uffff]|${REASON_PHRASE}))`,
);
const LOWER_START = new RegExp(
  `^\\W{0,4}(?:http\\s*)?(?:error\\s*)?([45]\\d\\d)\\s+(?:${REASON_PHRASE})`,
  "i",
);
const ANNOUNCED =
  /(?:\bhttp(?:\/[\d.]+)?(?: status)?(?: code)?|\bstatus(?:[ _]?code)?|\berror code|\bapi error|\bresponse code|\bserver (?:returned|responded with)(?: (?:status|code|an?|http|error))*)\s*[:=(]?\s*['"]?([45]\d\d)\b/i;
const PARENTHESIS = /^[\w .-]{2,60}\(([45]\d\d)\)\s*[:,-]/;

/** The status that a message starts with or names, such as `429: {…}`, `HTTP 402: …`, `Mistral API error (401): …`. */
export function statusInText(text: string): number | undefined {
  const start = text.slice(0, 400);
  const [, found] =
    AT_START.exec(start) ?? LOWER_START.exec(start) ?? PARENTHESIS.exec(start) ?? ANNOUNCED.exec(start) ?? [];
  return found === undefined ? undefined : Number(found);
}
