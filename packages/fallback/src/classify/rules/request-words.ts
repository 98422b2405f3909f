import { anyOf, exactly, type RuleFamily } from "../rule.ts";

/** Parts of a request to a model: a program's own error speaks of other things. */
const PART =
  /model|param|request|message|tool|image|role|endpoint|\bapi\b|field|temperature|prompt|thinking|reasoning|function|stream|system|tokens|content|input|body|schema|json/i;

/** A malformed request, in general words: they are looked at after all else. */
export const requestWords: RuleFamily = {
  name: "format",
  rules: [
    {
      // so plain that nothing else has to tell that it is a provider's
      name: "outright",
      reason: "format",
      text: anyOf(
        /unsupported (?:model )?(?:parameter|value)\b|unknown parameter\b|unrecogni[sz]ed request argument/,
        /(?:not|isn.t) supported (?:with|by|for|on|in) (?:this|the|that) (?:\S+ )?(?:model|endpoint|api)\b/,
        /(?:model|endpoint|[-:/][\w.]{1,40}) (?:does not|doesn.t|do not|cannot|can.t) (?:support|accept|process|handle|use|take) /,
        /does not support (?:tools?|tool (?:use|calls?|calling|choice)|function|images?|vision|system|streaming|chat|thinking|reasoning|parallel|json|structured|temperature|response_format|assistant)\b/,
        /missing (?:one or (?:more|multiple) )?required param\w*|required param\w*(?:\(s\))? (?:is |are )?(?:missing|invalid)/,
        /^\W{0,3}invalid[_ ](?:request|params?|parameters?|arguments?|messages?|tool|function|schema|value for|request_error)\b/,
        /not (?:enabled|supported|available) for models?\/|^\W{0,3}unable to submit request because/,
        /^\W{0,3}(?:bad request|unprocessable entity)\b|invalid_request_error|must be one of:/,
      ),
      status: ["none", "4xx"],
      not: /file|directory|command|argument of type|config|option --/i,
    },
    {
      name: "unsupported",
      reason: "format",
      text: anyOf(
        /(?:does not|doesn.?t|do not|cannot|can.?t|only) (?:support|accept|allow|use|be used)s?\b/,
        /(?:is|are) (?:not|un)[ -]?(?:supported|allowed|permitted|implemented)/,
        /unsupported (?:\w+ )?(?:parameter|value|type|format|media|image|feature|operation|content|role|method|modality)/,
        /not supported|incompatible|mutually exclusive/,
        /cannot be (?:set|used|specified|combined)/,
      ),
      loose: true,
      about: PART,
    },
    {
      name: "invalid",
      reason: "format",
      text: anyOf(
        /invalid[_ ](?:request|params?|parameters?|arguments?|value|schema|type|json|tools?|role|image|content|input|format|body|url|header|enum|option|field|data|message)/,
        /(?:parameter|param|argument|field|property|value|schema|body|payload)s? (?:\S+ )?(?:is |are |was )?(?:invalid|missing|required|not valid|unknown|unexpected|error|malformed)/,
        /missing (?:required )?(?:field|param\w*|argument|property|body)/,
        /required (?:field|param\w*|property|argument)|unrecogni[sz]ed/,
        /unknown (?:field|param\w*|argument|name|property|option)|extra (?:inputs|fields)/,
        /validation error|malformed|bad[_ ]request|schema|unprocessable|failed to deserialize/,
        /expected \S+ (?:but|to|,|got)|parameter error/,
      ),
      status: ["none", "4xx"],
      loose: true,
      about: PART,
    },
    {
      name: "code",
      reason: "format",
      code: exactly(
        /invalid_(?:request(?:_error)?|argument|params?|parameter(?:_error)?|value|type|schema|function_parameters|image\w*|tool\w*|json\w*)/,
        /bad_request(?:_error)?|missing_(?:required_)?(?:parameter|field)/,
        /unsupported_(?:parameter|value|media_type)|validation_error/,
        /unprocessable_entity(?:_error)?|failed_precondition|out_of_range|unimplemented/,
        /bad_response_format|value_error\S*|missing|json_invalid/,
      ),
      status: ["none", "4xx"],
    },
  ],
};
