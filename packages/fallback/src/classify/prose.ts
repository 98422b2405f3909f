// A model's answer or a person's request may talk about errors. Without a status, a code or an envelope, only
// the way it is said tells that from an error.

const TASK = opening(
  /let'?s|let us|let me/,
  /please (?:fix|check|review|add (?!a valid|a payment|a credit|your |an? api|credits?|funds|more|money)|explain|describe|investigate|write|update|look|summari[sz]e|make|help)/,
  /(?:can|could|would|should) (?:you|we|i)|how (?:do|does|to|can|should|many)/,
  /what (?:is|are|does|happens|if)|why (?:do|does|is|are|did)|when (?:the|a|an|we|you)/,
  /if (?:the|a|an|we|you)|add (?!more|credits?|funds|a payment)|fix |refactor/,
  /investigate|document|implement|use (?!a valid|another)|avoid|configure|consider/,
  /remember|always|never|whenever |write|review|see|todo|note|test|describe/,
  /summari[sz]e|explain|handle|improve|rename|remove|replace|create|move|merge/,
  /here(?:'s| is| are)/,
  /this (?:function|test|article|section|chapter|page|document|guide|commit|change|pr|patch|class|method|code|table|example|post)/,
  /the (?:test|tests|function|user|users|customer|article|docs|documentation|report|evidence|section|team|author|commit|code|class|chapter|following|guide|plan is|meeting)/,
  /in (?:this|the)|chapter|section|it (?:is|was) (?:a|an|the)|yesterday|today|tomorrow/,
  /(?:feat|fix|chore|docs|refactor|perf|ci|build|style|revert)(?=(?:\([^)\n]{1,40}\))?!?: )/,
  /(?:added|updated|renamed|removed|changed|moved|replaced|refactored|documented|implemented|created|bumped|introduced|improved|wrote) (?!by\b)/,
  /(?:reduce|increase|raise|lower|bump|change|extend|cut) [^\n]{0,80}\bfrom\b[^\n]{0,40}\bto/,
  /(?:task|work|step|job) (?:is )?(?:completed?|done|finished)|completed|finished|summary/,
  /search results?|found \d+|read \d+|commit [\da-f]{6,40}|deleted branch|wrote/,
  /there (?:are|is) (?:no |some |two |three |\d+ )?(?:tests?|files?|cases?|functions?|bugs?|tickets?)/,
  /last (?:week|month|year|night)|according to/,
);
const TELLING = opening(
  /i(?:'m| am|'ve| have|'ll| will| think| would| want| need| added| fixed| found| wrote)/,
  /we (?:should|need|must|could|want|discussed|added|fixed|tested|use|have (?:added|fixed|seen|handled)|now)/,
  /you (?:should|could|may want|need to (?:add|handle|implement))|my/,
  /(?:(?:an?|the|one|some|another|several|many) )?(?:\w+ )?(?:users?|customers?|people|somebody|someone|they|he|she) (?:has |have )?(?:report(?:s|ed)?|not(?:es|ed)|sa(?:ys|id|w)|told|complain(?:s|ed)|mention(?:s|ed))/,
  /our (?:team|tests?|docs|goal|users|customers)/,
);

/** An answer in Markdown, or one that begins as answers begin. */
const ANSWER =
  /^\W{0,3}(?:sure|of course|certainly|great|okay|ok|yes|no|done|thanks|hello|hi)\b[,!.]|(?:^|\n)(?:#{1,4} \w|```|[-*] \w[^\n]{0,200}\n[-*] \w)/i;

/** Errors are short, and say at once that they are one. */
const LONG = 600;
const ANNOUNCED = /^[^\n]{0,80}(?:error|exception|fail|fatal|denied|refused|reject|\b[45]\d\d\b)/i;

/** Whether a text rather talks about errors than is one. */
export function isProse(text: string): boolean {
  const start = text.slice(0, 300);
  if (TASK.test(start) || TELLING.test(start)) return true;
  return !ANNOUNCED.test(start) && (text.length > LONG || ANSWER.test(text.slice(0, 2000)));
}

/** A text that begins with one of these. */
function opening(...phrases: readonly RegExp[]): RegExp {
  return new RegExp(`^\\W{0,3}(?:${phrases.map(({ source }) => source).join("|")})\\b`, "i");
}
