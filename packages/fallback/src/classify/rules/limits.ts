import { anyOf, type Rule, type RuleFamily } from "../rule.ts";
import { money } from "./money.ts";

// What a window of usage is called: a limit over time that comes back by itself. It is told from a want of money,
// which needs somebody to pay, and from the length of one request.
const PER_TIME =
  /\b(?:tokens?|requests?|calls?|messages?|prompts?|input|queries)[ _-](?:per|a|every|\/)[ _-]?(?:second|sec|minute|min|hour|day|week|month)|\bper[ _-](?:second|minute|min|hour|day)\b|\b[TRIQ]P[SMHD]\b|\/ ?min\b/i;
const MONEY =
  /spending|credits?\b|balance|budget|funds|top[ -]?up|recharge|payment method|pay(?:ment)? required: ?insufficient|arrears|invoice/i;
const PERIOD =
  /\b(?:hourly|daily|weekly|monthly|per day|\d+[ -]?hours?|five[ -]hours?|rolling|weekly\/monthly|today|this (?:hour|week|month|period|cycle))\b/i;
const LIMIT = "(?:limits?|quotas?|caps?|allowance|allotment|allocation)";
const PASSED = "(?:exceed(?:s|ed|ing)?|reached|hit|exhausted|used up|requested|too many|surpassed|breached)";
const USED_UP = "(?:reached|exceeded|exhausted|hit|used up|depleted|reset|refresh|exceeds?)";

const WHO = "(?:you|your \\w+|account|organi[sz]ation|team|project|key|user)";

const windows: readonly Rule[] = [
  {
    name: "per-time",
    reason: "rate_limit",
    text: PER_TIME,
    not: /afford|insufficient|arrears/i,
    loose: true,
  },
  {
    name: "per-time-passed",
    reason: "rate_limit",
    text: new RegExp(
      `(?:${PER_TIME.source})[^\\n]{0,100}\\b${PASSED}\\b|\\b${PASSED}\\b[^\\n]{0,80}(?:${PER_TIME.source})`,
      "i",
    ),
    not: /afford|insufficient|arrears/i,
  },
  {
    name: "usage-window",
    reason: "rate_limit",
    text: new RegExp(
      `\\b(?:usage|subscription|plan|session|requests?|messages?|quota|organi[sz]ation|workspace|spend)[^\\n]{0,40}\\b${LIMIT}[^\\n]{0,160}(?:reset|try again|wait for|refresh|rolling|regain|retry|until|renew)`,
      "i",
    ),
    not: anyOf(MONEY, /\bbuffer\b/),
  },
  {
    name: "limit-resets",
    reason: "rate_limit",
    text: anyOf(
      `\\b${LIMIT}\\b[^\\n]{0,60}\\b(?:resets?|renews?|refreshes|lifts)\\b`,
      `\\b(?:${PASSED}|out of|used)\\b[^\\n]{0,40}\\b${LIMIT}\\b[^\\n]{0,80}\\b(?:resets?|renews?|refreshes|regain|try again (?:in|at|after|on) )`,
    ),
    not: anyOf(MONEY, /context|\blength\b|\bsize\b/),
  },
  {
    // whatever is said of plans and billing besides: who names a wait in seconds does not wait for money
    name: "quota-wait",
    reason: "rate_limit",
    text: /\b(?:quota|free[ _-]?tier)[\s\S]{0,200}\b(?:retry|try again) (?:in|after) [\d.]+ ?(?:m?s|sec\w*|m|min\w*|h|hours?)\b/i,
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
      `(?:${PERIOD.source})[^\\n]{0,40}\\b${LIMIT} (?:for [^\\n]{1,40} )?(?:is |was |has been |have been )?${USED_UP}|\\b(?:${PASSED}|consumed|used all)\\b[^\\n]{0,40}(?:${PERIOD.source})[^\\n]{0,40}\\b(?:${LIMIT}|requests|messages|tokens|usage)\\b`,
      "i",
    ),
    not: MONEY,
  },
  {
    name: "shared-spend",
    reason: "rate_limit",
    text: /(?:workspace|organi[sz]ation|team|member)(?:'s)? (?:usage|spend(?:ing)?|token) (?:limit|cap|quota)/i,
    not: /credits?\b|balance|funds|top[ -]?up|recharge/i,
  },
];

// A payment is asked for, but nothing is said of money: it is the window of a plan.
const windowsOf402: readonly Rule[] = [
  {
    // but who is told only to buy a bigger plan does not get further by waiting
    name: "402-upgrade",
    reason: "billing",
    status: [402],
    text: /upgrade (?:to |your )(?:\w+ ){0,3}(?:plan|tier|subscription)/i,
    not: /resets?\b|refresh|renews?\b|\bwait\b|retry|try again|rolling/i,
  },
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
  {
    name: "402-period",
    reason: "rate_limit",
    status: [402],
    text: new RegExp(`\\b${LIMIT}\\b[^\\n]{0,40}\\b(?:billing )?(?:period|cycle|window)\\b`, "i"),
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
      /capacity (?:limit(?:ation)?|restriction|shortage|problem)s?\b|(?:due to|because of|lack of) (?:\w+ )?capacity\b/,
      /no (?:available |free |idle |healthy )?(?:workers?|gpus?|instances?|replicas?|slots?|nodes?|executors?) (?:are |is )?(?:currently )?(?:available|free|left)/,
      /no (?:more )?(?:data ?cent(?:er|re)s|nodes|hosts|regions) (?:\w+ )?(?:to|left|available)/,
      /no valid executor|(?:queue|pool|backlog) is (?:currently )?full|capacity_exhausted/,
    ),
    not: /\bquota\b/i,
  },
  {
    name: "busy",
    reason: "overloaded",
    text: anyOf(
      /\b(?:gpus?|workers|server|servers|engine|system|service|api|model|provider|we|upstream|backend)(?:\s+(?:is|are|'s|'re))?(?: (?:currently|too|very|temporarily|now|still|quite|really))* busy\b/,
      /too busy\b|\b(?:load|upstream|server|pool|cluster|system)\b[^\n]{0,20}\bsaturated\b|(?:under|at) (?:heavy|high|extreme|full|maximum|peak) load|swamped/,
    ),
  },
  {
    // a hosted function that runs badly: https://docs.nvidia.com/cloud-functions
    name: "degraded",
    reason: "overloaded",
    text: anyOf(
      /\bdegraded\b[^\n]{0,20}(?:function|service|performance|state|deployment|endpoint|cannot|and )/,
      /\b(?:function|service|deployment|endpoint|model|performance)\b[^\n]{0,60}\b(?:is|are|in|was)\b[^\n]{0,20}\bdegraded\b/,
    ),
  },
  {
    name: "loading",
    reason: "overloaded",
    text: anyOf(
      /model[^\n]{0,60}(?:is (?:currently |still |being )?(?:loading|start(?:ing|ed)|warm(?:ing|ed)|cold\b|initiali[sz]ing|scal\w+|spinning)|not (?:yet )?(?:ready|loaded)|cold start)/,
      /loading model|(?:cold|warming up) and not ready|endpoint is (?:scaled to zero|paused|initializing)/,
    ),
  },
];

const rate: readonly Rule[] = [
  {
    name: "rate-limit",
    reason: "rate_limit",
    text: anyOf(
      /rate[ _-]?limit(?:s|ing|ed|er)?[ _:-]*(?:was |is |has been |have been |for \S+ )?(?:reached|exceeded|exceed|error|hit|triggered|breached|violat\w+)/,
      /rate[ -]limited/,
      /(?:exceed(?:s|ed|ing)?|reached|hit|hitting|over|surpassed) (?:\w+[ '’]+){0,4}?(?:rate|request|concurrency|usage|call)[ _-]?(?:rate )?limits?/,
      /(?:request|call|message) rate (?:is |was )?(?:too high|exceed\w*)|rate of (?:\w+ )?requests/,
      /\b(?:rate|traffic|requests?)\b[^\n]{0,20}\b(?:increas\w+|grew|grow\w*|rose|rising|climbed|ramped up) too (?:quickly|fast|sharply|rapidly|steeply)/,
    ),
  },
  {
    name: "too-many",
    reason: "rate_limit",
    text: anyOf(
      /too many (?:\w+[ -]){0,2}(?:requests?|calls|queries|connections|messages|attempts|sessions|tries|jobs|generations)\b/,
      /request(?:s)? (?:was|were|is|are|has been|have been) throttled/,
      /throttling(?:exception)?[:.]|\bthrottled\b|requests? too (?:fast|quick\w*|often|frequent\w*|rapid\w*)/,
      /slow(?:ing)? down[,.! ]|qps (?:limit|exceeded)|exceed max qps/,
    ),
  },
  {
    name: "concurrency",
    reason: "rate_limit",
    text: anyOf(
      /max(?:imum)? (?:number of )?(?:concurren\w+|parallel|simultaneous)/,
      /(?:concurren\w+|parallel|simultaneous|in-?flight)[^\n]{0,40}(?:limit|exceed|too (?:high|many)|maximum|reached|quota)/,
      /(?:limit|maximum|too many|exceeded)[^\n]{0,30}(?:concurren\w+|parallel requests|simultaneous)/,
    ),
    not: /tool/i,
  },
  {
    name: "your-limit",
    reason: "rate_limit",
    text: anyOf(
      `^[^\\n]{0,60}${WHO}(?:['’]ve| have| has|['’]re| are)? (?:now |already |currently )?${PASSED} (?:your|the|its|their|our|this|all)[^\\n]{0,40}\\b${LIMIT}\\b`,
      `^\\W{0,3}(?:your |the )?(?:\\w+ ){0,2}${LIMIT} (?:has been |have been |was |is )?(?:reached|hit|exhausted|used up|exceeded)\\b`,
    ),
    not: /context|tokens? limit|length|\bfile|\bsize\b|images?|tools?\b|retries|depth/i,
  },
  {
    name: "resource-exhausted",
    reason: "rate_limit",
    text: /^[^\n]{0,80}\bresources? (?:has been |have been |is |are |was )?exhausted\b|^[^\n]{0,80}\bresource_exhausted\b/i,
    not: /memory|\bdisk\b|\bfile/i,
  },
  {
    name: "usage-limit",
    reason: "rate_limit",
    text: anyOf(
      `(?:usage|quota|request|call|message|session|token|api) (?:limit|quota|cap)s? (?:is |was |has been |have been )?${USED_UP}`,
      `(?:exceeds?|${PASSED}) (?:\\w+[ '’]+){0,5}?(?:usage|quota|request|session|message) ?(?:limit|quota|cap)?s?\\b`,
      `out of (?:\\w+ )?(?:messages|requests|quota)|quota[^\\n]{0,30}${USED_UP}`,
      "exceed(?:s|ed|ing)? (?:the |your |our |its )?(?:\\w+ ){0,3}quota",
    ),
    not: /\bbuffer\b/i,
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
  money,
];
export const rateLimits: RuleFamily = { name: "rate-limit", rules: rate };
