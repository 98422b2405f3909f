import { anyOf, type RuleFamily } from "../rule.ts";

const REFUSED =
  "(?:blocked|flagged|rejected|refused|filtered|prohibited|disallowed|denied|violat\\w+|breaks|breach\\w*|goes against|detected|triggered|intervened|stopped|moderated)";
const RULES =
  "(?:polic(?:y|ies)|safety|moderation|harm\\w*|sensitive|usage guidelines|guidelines|terms of (?:use|service)|guardrails?|content filter\\w*|content management|high risk|inappropriate|unsafe|community standards|trust and safety|responsible ai)";

const SAID = "(?:input|output|prompt|request|response|text|data|content|messages?|question|answer|image)";
const BAD =
  "(?:sensitive|inappropriate|unsafe|harmful|prohibited|offensive|risky|illegal|violent|sexual|hateful|disallowed|high[- ]risk)";

/** Requests and answers refused for what they say. */
export const policy: RuleFamily = {
  name: "content",
  rules: [
    {
      name: "refused",
      reason: "content_policy",
      text: new RegExp(
        `\\b${REFUSED}\\b[^\\n]{0,100}\\b${RULES}|\\b${RULES}[^\\n]{0,80}\\b${REFUSED}\\b`,
        "i",
      ),
      not: /rate.?limit|quota|data policy|retention|schema|cors\b|api key/i,
    },
    {
      name: "filter",
      reason: "content_policy",
      text: anyOf(
        /content[ _-](?:polic(?:y|ies)|filter(?:ed|ing|s)?|moderation|management polic\w+|violation)/,
        /safety (?:system|filters?|settings|checks?|reasons?)|usage polic(?:y|ies)/,
        /prohibited_content|responsible ai|content exists risk/,
      ),
      not: /text\/|content-type/i,
      loose: true,
    },
    {
      name: "contains",
      reason: "content_policy",
      text: new RegExp(
        `(?:^\\W{0,3}(?:may|might|could)|\\b${SAID}\\b[^\\n]{0,40}) (?:contains?|containing|includes?|considered|deemed) (?:\\w+ ){0,2}${BAD}`,
        "i",
      ),
      not: /\bfile|api key|secret|credential/i,
    },
    {
      name: "sensitive",
      reason: "content_policy",
      text: anyOf(
        /(?:sensitive|inappropriate|unsafe|harmful|prohibited|offensive|risky|illegal|violent|sexual|hateful)(?:,? (?:or|and) \w+)? (?:content|words?|information|material|data|text|language|topics?)/,
      ),
      loose: true,
    },
    {
      name: "blocked",
      reason: "content_policy",
      text: anyOf(
        /(?:response|prompt|request|output|input|message|content|generation|answer|completion|candidate)s? (?:was|were|has been|have been|is|got) (?:blocked|filtered|flagged|moderated|censored)/,
        /blocked the (?:response|prompt|request)|(?:response|prompt|request|content) blocked\b|\bblock_?reason\b|cybersecurity risk/,
        /(?:i|we) can.?(?:no)?t (?:help|assist) with (?:that|this)/,
      ),
      not: /cloudflare|firewall|\bip\b|rate/i,
    },
  ],
};
