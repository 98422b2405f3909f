import { anyOf, type Rule, type RuleFamily } from "../rule.ts";

// What a window of usage is called: a limit over time that comes back by itself. It is told from a want of money,
// which needs somebody to pay, and from the length of one request.
const PER_TIME =
  /\b(?:tokens?|requests?|calls?|messages?|prompts?|input|queries)[ _-](?:per|a|every|\/)[ _-]?(?:second|sec|minute|min|hour|day|week|month)|\bper[ _-](?:second|minute|min|hour|day)\b|\b[TRIQ]P[SMHD]\b|\/ ?min\b/i;
const MONEY =
  /spending|credits?\b|balance|budget|funds|top[ -]?up|recharge|payment method|pay(?:ment)? required: ?insufficient|arrears|invoice/i;
const PERIOD =
  /\b(?:hourly|daily|weekly|monthly|\d+[ -]?hours?|five[ -]hours?|rolling|weekly\/monthly|today|this (?:hour|week|month|period|cycle))\b/i;
const LIMIT = "(?:limits?|quotas?|caps?|allowance|allotment)";
const USED_UP = "(?:reached|exceeded|exhausted|hit|used up|depleted|reset|refresh|exceeds?)";

const windows: readonly Rule[] = [
  {
    name: "per-time",
    reason: "rate_limit",
    text: PER_TIME,
    not: /afford|insufficient|arrears/i,
    loose: true,
  },
  {
    name: "usage-window",
    reason: "rate_limit",
    text: new RegExp(
      `(?:usage|subscription|plan|session|request|message|quota|organi[sz]ation|workspace|spend)[^\\n]{0,40}\\b${LIMIT}[^\\n]{0,160}(?:reset|try again|wait for|refresh|rolling|regain|retry|until|renew)`,
      "i",
    ),
    not: MONEY,
  },
  {
    name: "period",
    reason: "rate_limit",
    text: new RegExp(
      `(?:${PERIOD.source})[^\\n]{0,40}\\b${LIMIT}\\b|\\b${LIMIT}\\b[^\\n]{0,40}(?:${PERIOD.source})`,
      "i",
    ),
    not: MONEY,
    loose: true,
  },
  {
    name: "period-used-up",
    reason: "rate_limit",
    text: new RegExp(
      `(?:${PERIOD.source})[^\\n]{0,40}\\b${LIMIT} (?:is |was |has been |have been )?${USED_UP}`,
      "i",
    ),
    not: MONEY,
  },
  {
    name: "shared-spend",
    reason: "rate_limit",
    text: /(?:workspace|organi[sz]ation|team|member)(?:'s)? (?:usage|spend|token) (?:limit|cap|quota)/i,
    not: /credits?\b|balance|funds|top[ -]?up|recharge/i,
  },
];

// A payment is asked for, but nothing is said of money: it is the window of a plan.
const windowsOf402: readonly Rule[] = [
  {
    name: "402-rate",
    reason: "rate_limit",
    status: [402],
    text: /rate.?limit|too many requests|throttl|usage (?:limit|window)|cooldown/i,
    not: MONEY,
  },
  {
    name: "402-time",
    reason: "rate_limit",
    status: [402],
    text: /(?:retry|try again|resets?|refresh\w*|wait|available)[^\n]{0,40}\d+ ?(?:s\b|sec|min|m\b|h\b|hour|day|[ap]m\b)/i,
    not: MONEY,
  },
];

const overloaded: readonly Rule[] = [
  {
    name: "overloaded",
    reason: "overloaded",
    text: anyOf(
      /\b(?:is|are|been|be|was|being|currently|temporarily|server|servers|engine|model|system|service|api|upstream) (?:currently |temporarily |now )?overloaded/,
      /^\W{0,3}(?:\w+ )?overloaded\b|overloaded[_ ]error/,
      /(?:server|engine|service|model|system|gateway|temporary) overload/,
      /due to (?:\w+ )?overload|overload(?:ed|ing)? or maintenance/,
    ),
  },
  { name: "overloaded-word", reason: "overloaded", text: /\boverload(?:ed|ing)?\b/i, loose: true },
  {
    name: "demand",
    reason: "overloaded",
    text: anyOf(
      /(?:high|heavy|heavier|peak|increased|unusual|excessive|unprecedented|surge in|elevated) (?:demand|load|traffic|volume|request volume|usage)/,
      /load is too high|experiencing (?:high|heavy|increased)/,
    ),
  },
  {
    name: "capacity",
    reason: "overloaded",
    text: anyOf(
      /(?:at|over|out of|insufficient|no(?: available)?|limited|not enough|lacks?|full) (?:\w+ ){0,2}capacity\b/,
      /capacity (?:is )?(?:exceeded|constrain\w*|reached|unavailable|full)/,
      /exceeded (?:\w+ )?capacity|temporarily at capacity/,
      /no (?:available )?(?:workers|gpus?|instances|replicas|slots) (?:are )?(?:available|free)/,
    ),
    not: /\bquota\b/i,
  },
  {
    name: "busy",
    reason: "overloaded",
    text: anyOf(
      /\b(?:server|servers|engine|system|service|api|model|provider|we|upstream|backend)(?:\s+(?:is|are|'s|'re))?(?: (?:currently|too|very|temporarily|now|still|quite|really))* busy\b/,
      /too busy\b/,
    ),
  },
  {
    name: "loading",
    reason: "overloaded",
    text: anyOf(
      /model[^\n]{0,60}(?:is (?:currently |still )?(?:loading|starting|warming)|not (?:yet )?ready|cold start)/,
      /loading model/,
    ),
  },
];

const billing: readonly Rule[] = [
  {
    name: "insufficient",
    reason: "billing",
    text: anyOf(
      /insufficient[_ ](?:\w+[_ ]){0,4}(?:credits?|balance|funds?|quota|money|points)/,
      /not enough (?:\w+ ){0,2}(?:credits?|balance|funds?|money|points)/,
      /(?:low|negative|zero|no) (?:account |remaining )?(?:balance|credits?)\b/,
    ),
  },
  {
    name: "balance",
    reason: "billing",
    text: anyOf(
      /(?:credits?|balance|funds|points|wallet|prepaid \w+)[^\n]{0,40}(?:too low|insufficient|negative|exhausted|depleted|used up|ran out|run out|expired|is 0\b|is zero|not enough|below)/,
      /(?:run|ran|running|are|is|you're) out of (?:\w+ )?(?:credits?|funds|balance|points|money)/,
      /used (?:up )?(?:all )?(?:of )?(?:your|the|its) (?:\w+ )?(?:credits?|points|balance)/,
    ),
  },
  {
    name: "pay",
    reason: "billing",
    text: anyOf(
      /(?:add|buy|purchase|requires?|needs?|get) (?:some )?(?:more |additional )?(?:credits?|funds|balance)\b/,
      /top[ -]up|recharge|replenish/,
      /payment (?:is )?(?:required|method|failed|overdue|past due)|\bunpaid\b|past[ -]due/,
      /overdue|in arrears|\barrears\b|outstanding (?:balance|invoice)/,
    ),
    not: /rate.?limit/i,
  },
  {
    name: "billing-details",
    reason: "billing",
    text: anyOf(
      /plan and billing/,
      /billing (?:details|hard limit|issue|error|account|not active|inactive|is (?:not|disabled)|settings|plan|quota)/,
      /check your billing|exceeded your current quota/,
    ),
  },
  {
    name: "spending-limit",
    reason: "billing",
    text: anyOf(
      /(?:spend(?:ing)?|budget|cost|billing|dollar|expense)[ _](?:hard )?(?:limit|cap|threshold|quota)/,
      /budget[^\n]{0,30}(?:exceeded|exhausted|reached)|hard limit (?:has been )?reached/,
    ),
  },
  {
    name: "plan",
    reason: "billing",
    text: anyOf(
      /(?:subscription|plan|trial|free tier|membership|package)[^\n]{0,40}(?:has |is |was )?(?:expired|ended|inactive|cancel+ed|required|over\b|lapsed)/,
      /not (?:available|included|supported|enabled|allowed) (?:\w+ ){0,3}(?:in|on|with|for|by) (?:your|this|the) (?:\w+ )?(?:plan|subscription|tier|package|membership)/,
      /(?:plan|subscription|tier) (?:does(?: not|n't)) (?:include|support|cover|allow)/,
      /upgrade (?:to|your) (?:\w+ ){0,3}(?:plan|tier|subscription)/,
    ),
    not: /usage limit|rate.?limit|too many requests/i,
    scope: "key",
  },
  { name: "payment-required", reason: "billing", status: [402] },
];

const rate: readonly Rule[] = [
  {
    name: "rate-limit",
    reason: "rate_limit",
    text: anyOf(
      /rate[ _-]?limit(?:s|ing|ed|er)?[ _:-]*(?:was |is |has been |have been |for \S+ )?(?:reached|exceeded|exceed|error|hit|triggered|breached|violat\w+)/,
      /rate[ -]limited/,
      /(?:exceed(?:s|ed|ing)?|reached|hit|hitting|over|surpassed) (?:\w+[ '’]+){0,4}?(?:rate|request|concurrency|usage|call)[ _-]?(?:rate )?limits?/,
    ),
  },
  {
    name: "too-many",
    reason: "rate_limit",
    text: anyOf(
      /too many (?:\w+ )?(?:requests|calls|queries|connections|messages)/,
      /request(?:s)? (?:was|were|is|are|has been|have been) throttled/,
      /throttling(?:exception)?[:.]|\bthrottled\b|requests? too (?:fast|frequent\w*)/,
      /slow(?:ing)? down[,.! ]|qps (?:limit|exceeded)|exceed max qps/,
    ),
  },
  {
    name: "concurrency",
    reason: "rate_limit",
    text: anyOf(
      /max(?:imum)? (?:number of )?(?:concurrent|parallel|simultaneous)/,
      /(?:concurren\w+|parallel|simultaneous|in-?flight)[^\n]{0,40}(?:limit|exceed|too (?:high|many)|maximum|reached|quota)/,
      /(?:limit|maximum|too many|exceeded)[^\n]{0,30}(?:concurren\w+|parallel requests|simultaneous)/,
    ),
    not: /tool/i,
  },
  {
    name: "usage-limit",
    reason: "rate_limit",
    text: anyOf(
      `(?:usage|quota|request|call|message|session|token|api) (?:limit|quota|cap)s? (?:is |was |has been |have been )?${USED_UP}`,
      `${USED_UP} (?:\\w+[ '’]+){0,5}?(?:usage|quota|request|session|message) ?(?:limit|quota|cap)?s?\\b`,
      `out of (?:\\w+ )?(?:messages|requests|quota)|quota[^\\n]{0,30}${USED_UP}`,
      "exceed(?:s|ed|ing)? (?:the |your |our |its )?(?:\\w+ ){0,3}quota",
    ),
  },
  {
    name: "cooling",
    reason: "rate_limit",
    text: anyOf(
      /(?:keys?|credentials?|accounts?|deployments?|profiles?|providers?) (?:for [^\n]{1,60} )?(?:is|are) (?:all )?(?:cooling down|in cooldown|rate.?limited)/,
      /cooldown_time/,
    ),
  },
  {
    name: "limit-word",
    reason: "rate_limit",
    text: /rate[ _-]?limit|\bthrottl|too many requests|\bquota\b|resource[_ ]?exhausted/i,
    loose: true,
    status: [429, 403, 402, 400, 503, "none"],
  },
];

/** Too much asked in a time, of a provider that has too little, or of somebody who has not paid. */
export const limits: readonly RuleFamily[] = [
  { name: "window", rules: [...windows, ...windowsOf402] },
  { name: "overloaded", rules: overloaded },
  { name: "billing", rules: billing },
];
export const rateLimits: RuleFamily = { name: "rate-limit", rules: rate };
