import { anyOf, type RuleFamily } from "../rule.ts";

/** Money that is missing, or a plan that does not hold what is asked for. */
export const money: RuleFamily = {
  name: "billing",
  rules: [
    {
      name: "insufficient",
      reason: "billing",
      text: anyOf(
        /insufficient[_ ](?:\w+[_ ]){0,4}(?:credits?|balance|funds?|quota|money|points|prepaid \w+)/,
        /(?:not (?:have )?enough|lacks?|ran out of|lack of|need more) (?:\w+ ){0,2}(?:credits?|balance|funds?|money|points)\b/,
        /(?:user|account|remaining|token|wallet|pre-?consumed?) (?:\w+ )?quota[^\n]{0,30}(?:not enough|insufficient|too low|is 0\b)/,
        /(?:low|negative|zero|no) (?:account |remaining |available )?(?:balance|credits?|funds)\b(?! (?:was|were|are|is|have|has|will|been)\b)/,
        /no (?:credits?|funds|balance) (?:is |are |was |were )?(?:left|remaining|available|found)/,
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
        /payment (?:is |was |has )?(?:required|method|failed|declined|overdue|past due|information|details)/,
        /\bunpaid\b|past[ -]due|(?:add|buy|load) (?:\w+ ){0,3}(?:credits|funds|money)\b/,
        /(?:fund|pay for) your (?:account|usage|wallet)|(?:in )?good standing/,
        /\bcard (?:on file|(?:was |has been |is )?(?:declined|expired|rejected|required))/,
        /(?:add|valid|requires?|needs?|without|no|update) (?:an? |your )?(?:valid )?(?:(?:credit|debit) card|payment method)/,
        /overdue|in arrears|\barrears\b|outstanding (?:balance|invoice)/,
      ),
      not: /rate.?limit/i,
    },
    {
      name: "billing-details",
      reason: "billing",
      text: anyOf(
        /plan and billing/,
        /billing (?:details|hard limit|issue|problem|error|account|not active|inactive|is (?:not|disabled)|settings|plan|quota|information|profile|has not|must be|setup)/,
        /(?:enable|set ?up|activate|update|complete|no active|without) (?:your |the )?billing/,
        /check your billing|exceeded your current quota/,
      ),
    },
    {
      name: "spending-limit",
      reason: "billing",
      text: anyOf(
        /(?:spend(?:ing)?|budget|cost|billing|dollar|expense)[ _](?:hard )?(?:limit|cap|threshold|quota)/,
        /budget[^\n]{0,60}(?:exceeded|exhausted|reached)|hard limit (?:has been )?reached/,
      ),
    },
    {
      name: "plan",
      reason: "billing",
      text: anyOf(
        /(?:subscription|plan|trial|free tier|membership|package)[^\n]{0,40}(?:has |is |was |are )?(?:expired|ended|inactive|cancel+ed|required|over\b|lapsed|used up|exhausted|depleted)/,
        /(?:no|without an?|requires? an?|needs? an?) (?:\w+ ){0,2}(?:subscription|paid (?:plan|account|tier)|membership)\b/,
        /not (?:available|included|supported|enabled|allowed) (?:\w+ ){0,3}(?:in|on|with|for|by) (?:your|this|the) (?:\w+ )?(?:plan|subscription|tier|package|membership)/,
        /(?:plan|subscription|tier|package|membership) (?:does(?: not|n't)) (?:yet |currently )?(?:include|support|cover|allow)/,
        /upgrade (?:to|your) (?:\w+ ){0,3}(?:plan|tier|subscription)|plan, upgrade to\b/,
      ),
      not: /usage limit|rate.?limit|too many requests/i,
      scope: "key",
    },
    { name: "payment-required", reason: "billing", status: [402] },
  ],
};
