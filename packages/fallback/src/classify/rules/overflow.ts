import { anyOf, type RuleFamily } from "../rule.ts";

// Too long for one request is told from too much in a time, from a limit of the answer, and from money by what a
// message must not say.
const OTHER_LIMIT =
  /per[ _-](?:second|minute|min|hour|day|week|month)|\b[TRQ]P[SMHD]\b|\b(?:daily|hourly|weekly|monthly)\b|rate.?limit|too many requests|throttl|quota|billing|credits?\b|please wait/i;

// What else may be too long or too large: what somebody types into a form or uploads, and names.
const OTHER_THING = anyOf(
  /\bupload(?:s|ed)? (?:\w+ )?(?:limit|size|max)|(?:size|limit)\b[^\n]{0,20}\bupload|attachment (?:is|size|limit)/,
  /(?:for|of|in) (?:this|that|the|a) (?!prompt|messages?|inputs?|contents?)(?:\w+ ){0,2}(?:field|column|form)\b/,
  /(?:file ?name|path|url|uri|title) (?:is|too|length)/,
);

export const overflow: RuleFamily = {
  name: "context",
  rules: [
    {
      name: "too-long",
      reason: "context_overflow",
      text: /\b(?:prompt|input|inputs|request|context|conversation|messages?|history|query|transcript|chat)\b[^.\n]{0,50}\btoo (?:long|large|big|many tokens)\b/i,
      not: anyOf(OTHER_LIMIT, OTHER_THING),
      status: ["none", "4xx", "5xx"],
    },
    {
      name: "beyond-window",
      reason: "context_overflow",
      text: /\b(?:exceed(?:s|ed|ing)?|over|beyond|above|greater than|longer than|larger than|more than|surpass(?:es|ed)?|outside|does not fit|doesn't fit|too large for|overflow(?:s|ed)?|not fit|no longer fits?|must be (?:less|smaller|shorter|lower) than|(?:should|must|can) ?not exceed)\b[^\n]{0,80}(?:context|token limit|tokens? (?:allowed|limit)|max(?:imum)? (?:number of |allowed )?(?:input |prompt )?tokens|max(?:imum)? (?:allowed )?(?:input|prompt|sequence) (?:length|size)|(?:prompt|input|sequence) (?:length|size)|max_(?:model_len|seq_len|position)|model'?s? (?:max|limit|length))/i,
      not: OTHER_LIMIT,
    },
    {
      name: "window-exceeded",
      reason: "context_overflow",
      text: /\b(?:context|prompt|inputs?|sequence|token)s?\b[^\n]{0,60}\b(?:exceed(?:s|ed|ing)?|overflow(?:s|ed)|surpass\w*|is (?:greater|larger|longer|more) than|are more than)\b[^\n]{0,60}(?:limit|max|window|length|size|allowed|model|context|\d)/i,
      not: OTHER_LIMIT,
    },
    {
      name: "names-window",
      reason: "context_overflow",
      text: anyOf(
        /max(?:imum)?[ _](?:model[ _])?(?:context|prompt|input|sequence)[ _]?(?:length|size|window|tokens?|len)?(?: is| of|:| =|=)? ?\(?\d/,
        /context[_ -](?:length|window|size|limit)[_ -](?:is |was |has been )?(?:exceed|overflow|full|reached)/,
        /exceeds? what (?:this|the) model|reduce the length of (?:the |your )?(?:messages|prompt|input|conversation)/,
        /context overflow:|configured context size|available context size/,
      ),
      not: OTHER_LIMIT,
    },
    {
      name: "no-room",
      reason: "context_overflow",
      text: anyOf(
        /\bout of (?:room|space)\b[^\n]{0,40}\b(?:context|window|prompt)\b/,
        /\bno (?:more )?(?:room|space)\b[^\n]{0,30}\b(?:context|window|prompt)\b/,
        /^(?!\W{0,3}(?:output|response|answer|completion))\W{0,3}(?:\w+ ){0,3}length limit (?:was |is |has been )?(?:exceeded|reached)/,
        /\bmax(?:imum)? tokens? limit (?:was |is |has been )?(?:exceeded|reached|hit)/,
      ),
      not: anyOf(OTHER_LIMIT, OTHER_THING),
    },
    {
      name: "reduce",
      reason: "context_overflow",
      text: /(?:reduce|shorten|truncate|trim|compact|decrease) (?:the |your )?(?:length of (?:the |your )?|size of (?:the |your )?|input |prompt )?(?:messages?|prompt|input|context|conversation|history|length)\b/i,
      not: OTHER_LIMIT,
      loose: true,
    },
    {
      name: "numbers",
      reason: "context_overflow",
      text: anyOf(
        /\d tokens? > \d|current length is \d+ while limit|prompt has [\d,]+ tokens/,
        /too many total text bytes|range of input length/,
        /tokens to keep from the initial prompt/,
        /inputs?`? tokens \+ `?max_new_tokens`? must be|prompt contains [\d,]+ tokens/,
        /input length and [`']?max_tokens|\d \+ \d+ > \d/,
        /tokens? in (?:the )?request more than|\dk? tokens\b[^\n]{0,60}\bonly \d/,
        /\b(?:context|window)\b[^\n]{0,30} (?:is|of|has|=) [\d,.]+ ?k? tokens?\b[^\n]{0,60}\b(?:request\w*|prompt|input|got|given|sent|used?) [^\n]{0,20}\d/,
        /more tokens than (?:(?:the|its|this|is) )?(?:max\w*|model|limit|allowed|window|context)/,
        /\b(?:inputs?|prompts?|messages?)`? (?:must|should|can|may) (?:only )?(?:have|be|contain) (?:less|fewer|shorter|smaller|at most|no more|up to)\b[^\n]{0,10} \d[\d,]* tokens/,
      ),
      not: OTHER_LIMIT,
    },
    {
      name: "too-many-tokens",
      reason: "context_overflow",
      text: /too many (?:input |prompt )?tokens|tokens? limit exceeded|token count[^\n]{0,40}exceed/i,
      not: OTHER_LIMIT,
    },
    {
      name: "payload",
      reason: "context_overflow",
      text: anyOf(
        /(?:request|payload|body|entity)(?: payload| body| entity)?(?: size)?(?: is)? (?:too large|exceeds? (?:the )?(?:\w+ )?(?:limit|maximum|size))/,
        /request_too_large|exceeds (?:the )?maximum (?:request |payload |allowed )?size/,
      ),
      not: anyOf(OTHER_LIMIT, OTHER_THING),
    },
  ],
};
