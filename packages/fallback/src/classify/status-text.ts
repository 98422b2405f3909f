// Finds an HTTP status in words. Numbers that only look like one (records, tickets, tokens) are the danger, so a
// number counts only where errors have it: at the start, after what announces an error, or after the word status.

const REASON_PHRASE =
  "bad|unauthori[sz]ed|payment|forbidden|not|method|request|conflict|gone|payload|content|unprocessable|too|rate|internal|gateway|service|server|overloaded|status|error\\b|page|client|invalid|insufficient|model|resource|upstream|capacity|quota|timeout|usage|token|site|web|origin|connection|no healthy|no available";

const AT_START = new RegExp(
  `^\\W{0,4}(?:(?:\\w+ ){0,2}error:?\\s+)?(?:https?[/\\d.]*\\s*)?(?:error\\s*)?(?:status\\s*)?(?:code)?[\\s:(=]{0,3}([45]\\d\\d)(?:$|\\)?\\s*[:{<([\\-–—,|]|\\s+(?:[A-Z"'{<\\u0080-\\uffff]|${REASON_PHRASE}))`,
);
const LOWER_START = new RegExp(
  `^\\W{0,4}(?:http\\s*)?(?:error\\s*)?([45]\\d\\d)\\s+(?:${REASON_PHRASE})`,
  "i",
);
const BRACKETS =
  /^\W{0,3}(?:[\w.]{1,40}\s?)?[[({<]\s?(?:https?[ _-]?|status[:= ]{0,2})?([45]\d\d)\s?[\])}>]/i;

// `429 tests`, `500 ms`, `503/600`, `429 !== 200`, `404 of 500` count or compare something
const COUNTED =
  "(?!\\s?(?:[!=<>]=|[<>%]\\s|%|/\\s?\\d|\\.\\d)|\\s+(?:of|and|or|more|out)\\b|\\s+(?!messages|roles|tools|credentials|parameters|params|requests|access|this|does|is|has|was|status|address|us|unless)\\w+[a-rt-z]?s\\b(?! must| should| are| is| exceed))";
const AFTER_ERROR = new RegExp(
  `^\\W{0,4}[\\w .'-]{0,60}?(?:error|exception|failed|failure)s?\\)?(?:\\s?[([{<]|\\s?[:=-]{1,2})?\\s?(?:https?[ _/\\d.]*\\s?|status[ _]?|code[ :=]*|with )*([45]\\d\\d)\\b${COUNTED}`,
  "i",
);
const ANNOUNCED =
  /(?:\bhttp(?:[/_ -]?[\d.]+)?(?: status)?(?: code)?|\bstatus(?:[ _-]?code)?|\berror[ _-]?code|^\W{0,3}code|\bapi error|\bresponse code|\bserver (?:returned|responded with)(?: (?:status|code|an?|http|error))*)\s*(?:is )?[:=(["'\s]{0,4}([45]\d\d)\b(?! (?:is|are|means|stands|responses|handling|errors)\b)/i;
const PARENTHESIS = /^[\w .:-]{2,60}\(([45]\d\d)(?: [A-Z][\w ]{2,30})?\)(?:\s*[:,-]|$)/;

// told by somebody: `got a 429 from the API`, `the gateway returned 503`
const SENDER =
  "(?:api|provider|server|gateway|proxy|upstream|endpoint|backend|model|llm|service|completions?|vendor)";
const TOLD =
  "(?:(?:got|gets|received|returned|returns)(?: back)?|(?:replied|answered|responded|came back|failed) with)";
const NUMBER = "(?:an? )?(?:https? )?(?:status )?(?:code )?(?:of )?([45]\\d\\d)\\b";
const RETOLD = new RegExp(
  `\\b${TOLD} ${NUMBER}(?=(?: (?:response|error|status)s?)?(?:\\W{0,2}$| from (?:\\w+ ){0,2}${SENDER}\\b))|\\b${SENDER} ${TOLD} ${NUMBER}${COUNTED}`,
  "i",
);

/** What a test or an assertion says of a status: it was wanted, or was compared. */
const EXPECTED = /\bexpect(?:ed|s|\()|\bassert|\breceived:/i;

const FORMS = [AT_START, LOWER_START, BRACKETS, AFTER_ERROR, PARENTHESIS];

/** The status that a message starts with or names, such as `429: {…}`, `HTTP 402: …`, `Mistral API error (401): …`. */
export function statusInText(text: string): number | undefined {
  const start = text.slice(0, 400);
  for (const form of FORMS) {
    const found = form.exec(start)?.[1];
    if (found !== undefined) return Number(found);
  }
  if (EXPECTED.test(start)) return undefined;
  const [, first, second] = RETOLD.exec(start) ?? [];
  const found = ANNOUNCED.exec(start)?.[1] ?? first ?? second;
  return found === undefined ? undefined : Number(found);
}
