import { anyOf, type RuleFamily } from "../rule.ts";

// What is wrong with the request itself, said so clearly that no other word in the message counts. These come first,
// as such messages quote names and numbers of all kinds.
const REQUEST = ["none", 400, 404, 413, 422] as const;

// What a fault is said of, and how: `messages.3.content: must …`
const PATH = "(?:body|messages|tools|tool_choice|system|contents|response_format|input_schema)";
const FAULT = "(?:must|should|required|invalid|expected|cannot|can't|not|missing|unexpected|at least|extra)";

const STORED =
  "(?:item|file|response|vector store|thread|assistant|batch|message|conversation|container|upload|cached ?content)";

export const conversation: RuleFamily = {
  name: "request",
  rules: [
    {
      // what is left of the window for the answer, when the prompt has filled it
      name: "no-room",
      reason: "context_overflow",
      text: /max_?(?:completion_?|output_?|new_?)?tokens\b[^\n]{0,60}(?:got|is|was|=|:|received)?:? ?-\d/i,
      status: REQUEST,
    },
    {
      name: "answer-limit",
      reason: "format",
      text: anyOf(
        /max(?:imum)? (?:number of )?(?:output )?tokens (?:that )?(?:you |were |was )?(?:requested|asked)/,
        /requested (?:max(?:imum)? |output |completion )+tokens/,
      ),
      not: /context|prompt|input|per (?:minute|day)/i,
      status: REQUEST,
    },
    {
      name: "role-order",
      reason: "format",
      text: anyOf(
        /roles? (?:must|should|have to|need to) (?:be )?alternat\w+|(?:first|last) (?:message|content|role) (?:must|should|to be)/,
        /expected (?:the )?last role|incorrect role|unexpected role/,
        /must (?:start|end) with (?:a |an )?(?:user|assistant|system)/,
        /conversation (?:must|roles)|consecutive (?:user|assistant)|prefill/,
      ),
    },
    {
      name: "tool-pairing",
      reason: "format",
      text: anyOf(
        /tool_use[^\n]{0,80}without[^\n]{0,40}tool_result/,
        /tool_result[^\n]{0,80}(?:without|corresponding|previous)/,
        /tool_?call_?ids?[^\n]{0,80}(?:not found|did not have|without|missing|no matching|not have response)/,
        /must be (?:followed by|a response to)[^\n]{0,60}tool|no tool (?:call|output) found/,
        /tool (?:call|result)s?[^\n]{0,60}(?:mismatch|does not match|orphan)/,
        /unexpected `?tool_/,
        /tool ?(?:use|result) blocks?\b[^\n]{0,60}(?:cannot|must|exceeds?|same turn|previous turn)/,
      ),
    },
    {
      name: "thinking",
      reason: "format",
      text: anyOf(
        /signature[^\n]{0,40}thinking|thinking[^\n]{0,60}signature/,
        /(?:thinking|reasoning)[^\n]{0,60}(?:cannot be (?:modified|disabled)|must be (?:passed|included|enabled)|is mandatory|is missing|not (?:supported|allowed))/,
        /reasoning_content[^\n]{0,60}(?:must|missing|passed)/,
      ),
    },
    {
      name: "tool-schema",
      reason: "format",
      text: /(?:tools?\b|function|input_schema|json schema|parameters|response_format)[^\n]{0,80}(?:invalid|must be|not (?:a )?valid|unsupported|required|does not match|mismatch|too (?:many|long)|duplicated?)[^\n]{0,80}/i,
      status: [400, 422],
      not: /context|authori[sz]|api[ _-]?key|credit|balance|not found|does not exist/i,
    },
    {
      name: "image",
      reason: "format",
      text: /\b(?:image|picture|photo|file|pdf|document|audio|video|media)s?\b[^\n]{0,80}(?:exceeds?|too (?:large|big|many|small)|dimensions?|unsupported|not supported|could not|invalid|corrupt|unable to (?:download|process))/i,
      status: REQUEST,
      about: /image|picture|photo|audio|video|media|attachment/i,
      not: /context|tokens|prompt/i,
    },
    {
      name: "too-many-things",
      reason: "format",
      text: anyOf(
        /(?:too many|maximum (?:number|count) of|at most \d+) (?:tools|functions|images|stop sequences|messages|enum|properties|cache_control|documents|attachments|pages)/,
        /string (?:is )?too (?:long|short)|\ba maximum of \d+ [^\n]{0,40}\b(?:may|can|must|are|is)\b/,
        /expected (?:a|an) (?:string|array) with (?:maximum|minimum)/,
      ),
    },
    {
      name: "output-limit",
      reason: "format",
      text: /max_?(?:completion_?|output_?|new_?)?tokens|output tokens?|completion tokens/i,
      not: /context|prompt|input|messages|tokens? per|rate|quota|credits?|afford|balance/i,
      status: REQUEST,
      loose: true,
    },
    {
      name: "parameter-value",
      reason: "format",
      text: /(?:must be|should be|expected|is not) (?:an? |of type |valid ){0,2}(?:integer|string|number|boolean|bool|array|object|list|dict\w*|float|greater|less|one of|between|positive|non-?(?:empty|negative)|at (?:least|most)|null)\b/i,
      status: REQUEST,
      loose: true,
      not: /context|inputs?`? (?:tokens|length)|prompt|\d tokens\b/i,
    },
    {
      name: "place",
      reason: "format",
      text: anyOf(
        /\b(?:messages?|input|contents?)(?:\.\d+|\[\d+\])[.[ :]/,
        `^[^\\n]{0,60}\\b${PATH}(?:[.[]\\w+\\]?)*: [^\\n]{0,200}\\b${FAULT}\\b`,
        /(?:should|must|does not|did not) match (?:the )?(?:pattern|schema)/,
        /^\W{0,3}`\w+`[^\n]{0,20} (?:may|must|can|cannot|should) (?:only |not )?be\b|^could not process (?:the )?(?:image|document|pdf)/,
        /content (?:blocks?|field|parts?) (?:must|should|cannot|can't|is|are) (?:be |not be )?(?:non-?)?empty/,
        /must (?:have|contain) non-?empty content/,
        /tool[ _]call validation failed|input should be (?:an? )?(?:valid|greater|less|one of|'|")/,
        /expected [`'"]\w+[`'"](?: or [`'"]\w+[`'"])?,? but (?:found|got)|extra inputs are not permitted/,
        /\btools?(?:\.\d+|\[\d+\])[.[ :]|^[^\n]{0,40}malformed input request\b/,
      ),
      status: ["none", 400, 422],
      not: /context (?:window|length|limit)|too long|tokens|exceed|credit|balance/i,
    },
    {
      // what was stored or sent before and is named by its id, not a model
      name: "stored",
      reason: "format",
      text: anyOf(
        `\\b${STORED}\\b[^\\n]{0,20}(?:\\bid\\b|\\b[a-z]+[-_]\\w*\\d)[^\\n]{0,80}(?:not (?:be )?found|does ?(?:n.t|not) exist|has expired)`,
        `\\bno such ${STORED}\\b|\\bno ${STORED} (?:found )?with (?:the )?id\\b|items are not persisted`,
      ),
      status: [400, 404, 410],
      not: /\b(?:model|deployment|engine)s?\b|api[ _-]?key|token|session/i,
    },
    {
      name: "encoding",
      reason: "format",
      text: anyOf(
        /could not parse (?:the )?(?:json )?body/,
        /(?:request body|body|payload) (?:is )?(?:not|invalid)[^\n]{0,20}json/,
        /invalid (?:json|utf-?8|unicode|surrogate)|lone surrogate/,
      ),
      status: [400, 422, "none"],
    },
  ],
};
