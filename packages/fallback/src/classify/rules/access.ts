import { anyOf, type RuleFamily } from "../rule.ts";

const HOLDER =
  "(?:api[ _-]?keys?|key|access[ _-]?token|token|credentials?|account|organi[sz]ation|org|workspace|user|project|team|tenant|license)";
const DEAD =
  "(?:revoked|deactivated|disabled|suspended|deleted|terminated|banned|barred|blocked|locked|frozen|leaked|compromised|closed|invalidated)";
const OWNER = "\\b(?:project|account|organi[sz]ation|workspace|user|key)\\b";
const KEY =
  "(?:api[ _-]?keys?|x-api-key|access[ _-]?token|auth[ _-]?token|api[ _-]?token|bearer(?: token)?|credentials?|subscription key|secret key|authori[sz]ation header|auth(?:entication)? (?:header|token|credentials?))";

// `OPENAI_API_KEY`, in capitals only
const VARIABLE = "[A-Z][A-Z\\d]*_(?:[A-Z\\d]+_)*(?:KEY|TOKEN|SECRET)";
const SECRETS = "(?:api[ _-]?(?:secret )?(?:keys?|tokens?)|credentials?|access tokens?)";
const UNSET =
  "not (?:been )?(?:set|configured|provided|supplied|found|specified|defined)|unset|(?:is|are) (?:missing|empty|undefined|required)";

/** Keys that are refused. */
export const keys: RuleFamily = {
  name: "auth",
  rules: [
    {
      name: "dead",
      reason: "auth_permanent",
      text: new RegExp(
        `\\b${HOLDER}\\b[^.\\n]{0,50}\\b${DEAD}\\b|\\b${DEAD}[ _](?:api[ _]?)?${HOLDER}\\b`,
        "i",
      ),
      status: ["none", 400, 401, 403, 429],
      not: /tool_?choice|max_?tokens|rate.?limit|content|polic|model\b|temporar|(?:sign|log)(?:ging|ing)? in again/i,
    },
    {
      name: "dead-key",
      reason: "auth_permanent",
      text: new RegExp(
        `\\b(?:api[ _-]?key|key|account|organi[sz]ation|workspace|project)\\b[^.\\n]{0,50}\\b(?:${DEAD}|expired)\\b`,
        "i",
      ),
      status: ["none", 400, 401, 403, 429],
      not: /temporar|try again later/i,
    },
    {
      name: "never",
      reason: "auth_permanent",
      text: anyOf(
        /not allowed for this organi[sz]ation/,
        `\\b(?:service|access|api|key|subscription)s?\\b[^.\\n]{0,40}\\b${DEAD} (?:in|for|on) (?:this|your|the) ${HOLDER}\\b`,
        `${OWNER}[^.\\n]{0,30}\\b(?:denied (?:all )?access|no longer (?:active|valid|has access))`,
        `${OWNER}[^.\\n]{0,30}\\b(?:is|was) (?:not active|inactive|under review|on hold)\\b`,
        `\\b(?:service|access|api)s? (?:is |was |has been |are )?(?:unavailable|not available|${DEAD}|denied) (?:for|to) (?:\\w+ )?${OWNER}`,
        `\\b${DEAD} (?:your|this) (?:account|organi[sz]ation|workspace)\\b`,
        `your access (?:to [^.\\n]{1,60} )?(?:has been|is|was) (?:\\w+ )?(?:${DEAD}|removed)`,
        /(?:account|access|service)\b[^\n]{0,80}violat\w+ (?:of )?(?:our |the )?(?:terms|acceptable use)/,
        /(?:account|organi[sz]ation|\borg|workspace|project)\b[^.\n]{0,30}\brestricted\b/,
        /access (?:has been )?(?:permanently )?(?:terminated|revoked)|permission_error/,
      ),
      not: /temporar|try again later|\bmodel\b/i,
    },
    {
      name: "region",
      reason: "auth",
      text: anyOf(
        /(?:country|region|territory|location)[^\n]{0,60}(?:not (?:supported|available|allowed)|unsupported|unavailable|restricted|blocked)/,
        /not (?:available|supported) in (?:your|this) (?:country|region|location)/,
        /unsupported (?:country|region)/,
      ),
      scope: "provider",
      not: /\bmodel\b/i,
    },
    {
      // a proxy or a client that was given no key says so with any status
      name: "key-variable",
      reason: "auth",
      text: new RegExp(
        `\\b${VARIABLE}\\b[^.\\n]{0,40}\\b(?:${UNSET})\\b|\\b(?:[Mm]issing|[Nn]o|[Ss]et) (?:the |your |an? )?(?:\\w+ ){0,3}['"\`]?${VARIABLE}\\b`,
      ),
    },
    {
      name: "key-unset",
      reason: "auth",
      text: anyOf(
        `\\b${SECRETS}\\b[^.\\n]{0,40}\\b(?:${UNSET})\\b`,
        `\\bno (?:\\w+ ){0,2}${SECRETS}\\b[^\\n]{0,20}(?:set|configured|provided|supplied|found|available|for|specified)`,
        `please (?:\\w+ )?(?:set|provide|configure|add|carry|include|pass|supply|enter|check) (?:\\w+ ){0,3}${SECRETS}`,
        "\\bvalid (?:\\w+ ){0,2}(?:token|credentials?) (?:is |are )?(?:required|needed|missing)",
        /log-?in (?:has )?fail(?:ed|s|ure)?\b|token exchange (?:has )?failed/,
      ),
      not: /insufficient|balance|rate.?limit/i,
    },
    {
      name: "key-refused",
      reason: "auth",
      text: anyOf(
        `(?:invalid|incorrect|wrong|missing|bad|unknown|malformed|no|unrecogni[sz]ed|expired|provide(?:d)? an?|unverified) (?:\\w+ ){0,3}${KEY}`,
        `${KEY}[^.\\n]{0,60}\\b(?:invalid|incorrect|missing|not (?:be verified|valid|found|provided|set|recogni[sz]ed|configured|authori[sz]ed)|required|expired|wrong|malformed|rejected|mismatch|absent)`,
        "(?:could not|unable to|cannot|failed to) (?:load|locate|find|get|resolve|determine|refresh)[^\\n]{0,30}credentials",
        "(?:could not|unable to|cannot|failed to) (?:extract|read|get|find|decode) [^\\n]{1,40} (?:from|in) (?:the |your |an? )?(?:\\w+ )?(?:token|jwt|credentials?)\\b",
        "did(?: not|n't) provide an? (?:api )?key",
        "invalid[_ ](?:api[_ ]?key|authentication|auth|token\\b|credentials?|bearer)",
      ),
      status: ["none", 400, 401, 403, 407, 410, 422],
    },
  ],
};

/** What a key may not do, and words that name no key. Looked at after models: rights to one model are the model's. */
export const rights: RuleFamily = {
  name: "auth",
  rules: [
    {
      name: "no-key",
      reason: "auth",
      text: anyOf(
        /api_?key client option must be set/,
        /no api[ _-]?key (?:was )?(?:found|provided|set|configured)/,
        /did(?: not|n't) provide an? api[ _-]?key|unable to locate credentials/,
      ),
    },
    {
      name: "not-authenticated",
      reason: "auth",
      text: anyOf(
        /\bunauthori[sz]ed\b|unauthenticated|not (?:authenticated|authori[sz]ed|logged in)/,
        /auth\w* (?:has |was |is |has been )?(?:failed|fails|failure|error|required|rejected|expired|denied|refused)/,
        /could not (?:be )?(?:authenticate|validate credentials)|failed to authenticate/,
        /token (?:has |is )?(?:expired|invalid|not valid|not active)/,
        /invalid (?:jwt|signature|grant)|invalid_grant|(?:log|sign) ?in again|re-?authenticat/,
        /refresh (?:the )?(?:oauth )?token|no auth\b/,
        /(?:session|log-?in|sign-?in)[^\n]{0,20}(?:expired|timed out)/,
        /(?:need|have) to (?:be )?(?:log|sign)(?:ged|ned)? in|security token/,
        /unregistered callers/,
      ),
      status: ["none", 400, 401, 403, 404, 407, 410],
      not: /max_?tokens|unexpected token/i,
    },
    {
      name: "no-right",
      reason: "auth",
      text: anyOf(
        /permission[_ ]denied|access[_ ]denied|\bforbidden\b/,
        /(?:do(?:es)? not|don.?t|doesn.?t|lacks?|without|insufficient|missing|no) (?:\w+ ){0,3}(?:permissions?|scopes?|privileges?|(?:authentication )?scopes?|access\b)/,
        /not permitted to|missing scopes?|not entitled/,
      ),
      status: ["none", 400, 401, 403],
      not: /file|directory|EACCES|tool/i,
    },
  ],
};

const ASKED = "(?:model|deployment|engine|endpoint|inference profile|checkpoint|adapter)";

/** Models that cannot be asked. */
export const models: RuleFamily = {
  name: "model",
  rules: [
    {
      name: "unknown",
      reason: "model_not_found",
      text: anyOf(
        `\\b${ASKED}s?\\b[^\\n]{0,120}(?:not (?:be )?found|does ?(?:n.t|not) exist|do not exist|not exist\\b|not exists|could ?n.?t be found|is (?:currently |presently |also )?not (?:a )?(?:valid|known|recogni[sz]ed|supported(?:$|[.,;!\\s'"])|available|accessible|enabled|deployed|hosted|served))`,
        `(?:unknown|invalid|unrecogni[sz]ed|nonexistent|no such|(?:un|not )supported|unavailable) (?:\\w+ )?${ASKED}\\b`,
        `(?:not found|no such)[: ]{1,3}(?:the )?${ASKED}\\b|\\bno ${ASKED} (?:with|named|called|by)\\b|not found the model|no models? (?:is |are )?(?:currently )?loaded|pull model manifest`,
        /^\W{0,3}(?:\w+: )?model: \S+\s*$|unable to access (?:\S+ )?model\b|non-serverless model/,
      ),
      not: anyOf(
        /\bfile|directory|temporar|later|overload|capacity|busy|loading|tool|function|image/,
        /parameter|thinking|reasoning_/,
        /not supported (?:with|by|in|when) th(?:is|e) (?:model|endpoint)|json/,
        /stream(?:ing)?\b|vision/,
      ),
    },
    {
      name: "retired",
      reason: "model_not_found",
      text: new RegExp(
        `\\b${ASKED}\\b[^\\n]{0,80}(?:no longer|switched off|turned off|deprecated|decommissioned|retired|deactivated|sunset|discontinued|shut ?down|end of (?:its )?life|removed|offline|legacy|disabled)`,
        "i",
      ),
      not: /temporar|parameter|will be|^(?![^\n]*\bmodel)[^\n]*\bendpoint (?:is |was |has been )?(?:now )?deprecated/i,
    },
    {
      name: "no-access",
      reason: "model_not_found",
      text: anyOf(
        `(?:(?:not|n't|no|without|lacks?|denied|requests?|insufficient)\\b[^\\n]{0,30}\\b(?:access|permission|authori[sz]ed|allowed|entitled)|(?:access|permission)[^\\n]{0,20}\\b(?:denied|required|needed))[^\\n]{0,60}\\b${ASKED}\\b`,
        `\\b${ASKED}\\b[^\\n]{0,60}(?:no access|access (?:is )?denied|not (?:allowed|authori[sz]ed|permitted)|forbidden|restricted|requires? (?:access|approval|verification))`,
      ),
      status: ["none", 400, 401, 403, 404],
      not: /temporar|this endpoint/i,
    },
    {
      name: "unavailable",
      reason: "model_not_found",
      text: new RegExp(
        `^(?:[^\\n]{0,80}: )?(?:the |this |requested |selected )*${ASKED}(?! (?:service|server|api|provider|backend|host))(?: \\S{1,60})? (?:is|was) (?:currently )?(?:unavailable|not available)`,
        "i",
      ),
      not: /temporar|later|overload|capacity|moment/i,
    },
    {
      name: "no-route",
      reason: "model_not_found",
      text: /no (?:allowed |available |active |valid )?(?:endpoints?|providers?|channels?|deployments?|routes?|backends?) (?:\w+ ){0,2}(?:found|available|for|match|support|serv)/i,
      not: /temporar|later|overload|retry/i,
    },
  ],
};
