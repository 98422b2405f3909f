import type { RuleFamily } from "../rule.ts";

/** How an answer ended, as clients put it that do not know the word: `Unhandled stop reason: …`. */
const ENDED = "(?:stop|finish)[ _]?reason:?[\\s'\"=:]{0,4}";

export const answers: RuleFamily = {
  name: "answer",
  rules: [
    {
      name: "window-full",
      reason: "context_overflow",
      text: new RegExp(`${ENDED}(?:model_)?context_(?:window|length)_exceeded`, "i"),
    },
    {
      name: "filtered",
      reason: "content_policy",
      text: new RegExp(
        `${ENDED}(?:content_filter(?:ed)?|safety|recitation|blocklist|prohibited_content|spii|image_\\w+|refusal|sensitive|language|guardrail\\w*|model_armor)`,
        "i",
      ),
    },
    {
      name: "malformed-call",
      reason: "none",
      text: new RegExp(
        `${ENDED}(?:malformed_(?:function|tool)_call|unexpected_tool_call|malformed_tool_use|too_many_tool_calls)`,
        "i",
      ),
    },
    {
      // what is left of `Unhandled stop reason: error` where it is cut
      name: "broken-cut",
      reason: "timeout",
      text: /^[^\n]{0,60}\breason: ?(?:error|abort(?:ed)?|network_error|malformed_response)\W{0,3}$/i,
    },
    {
      name: "broken",
      reason: "timeout",
      text: new RegExp(
        `${ENDED}(?:network_error|malformed_\\w+|error|other|unknown|abort\\w*|finish_reason_unspecified|internal\\w*|no_image|timeout|insufficient_system_resource)`,
        "i",
      ),
    },
  ],
};
