import { anyOf, exactly, type RuleFamily } from "../rule.ts";

const LATE = ["none", 408, 409, 424, 425, 460, 499, "5xx"] as const;

const SERVER =
  "(?:model|engine|runner|backend|(?:inference|llama|upstream|llm|model) (?:server|process|instance|service|worker))";
const ENDED =
  "(?:crash(?:ed|ing)?|died|dead|killed|terminated|exited|stopped|gone away|no longer running|not running|disconnected|unloaded|down)";

/** No whole answer: networks, gateways, servers that fail. Words count only where the status does not say otherwise. */
export const transport: RuleFamily = {
  name: "transport",
  rules: [
    {
      name: "unreachable-code",
      reason: "timeout",
      code: exactly(
        /econnrefused|enotfound|eai_again|ehostunreach|enetunreach|enetdown|enetreset/,
        /ehostdown|eaddrnotavail|eai_fail|und_err_connect_timeout|err_invalid_url|cert_\w+/,
        /err_tls_\w+|unable_to_\w+|self_signed_cert\w*|depth_zero_self_signed_cert/,
      ),
      status: LATE, // who answers something else is reached
      scope: "provider",
    },
    {
      name: "code",
      reason: "timeout",
      code: exactly(
        /econnreset|econnaborted|epipe|etimedout|esockettimedout|enotconn|und_err_\w+/,
        /err_stream_premature_close|err_http2_\w+|abort_error|abort_err|timeout_error/,
        /connection_error|api_connection_(?:timeout_)?error|network_error|err_network/,
        /premature_close|hpe_\w+|20|23/,
        /(?:stream|connection|socket|response)_(?:read|write|send|receive|idle|reset|closed|lost|timeout)(?:_error)?/,
      ),
      status: LATE,
    },
    {
      name: "unreachable",
      reason: "timeout",
      text: anyOf(
        /econnrefused|\benotfound|eai_again|ehostunreach|enetunreach|no such host|getaddrinfo/,
        /connection refused|name (?:or service )?not (?:resolved|known)/,
        /dns (?:error|(?:lookup|resolution) (?:error|for|of|fail\w*|timed|timeout))|could ?n.?t resolve|could not resolve/,
        /host (?:is )?unreachable|network is unreachable|certificate|tls handshake/,
        /ssl (?:error|routines)|unable to connect|failed to connect|actively refused/,
        /connect timeout|(?:cannot|can.?t|could ?n.t|could not) connect to|no route to host/,
        /nodename nor servname|all connection attempts failed|clientconnector\w*error|max retries exceeded with url/,
      ),
      status: LATE,
      scope: "provider",
    },
    {
      name: "timed-out",
      reason: "timeout",
      text: anyOf(
        /timed[ -]?out\b/,
        /(?:request|connection|connect|read|write|socket|gateway|headers?|body|response|stream|operation|upstream|idle|server|api|llm|model|websocket|proxy|network|http|first token)[ _-]?time-?out/,
        /time-?out (?:error|exceeded|expired|occurred|reached|while|waiting|after)/,
        /time-?out of \d+ ?m?s exceeded|^\W{0,3}time-?out\b|timeouterror|deadline exceeded|\b(?:read|write|connect|pool)timeout\b|(?:within|after) the (?:time limit|allotted time)/,
        /deadline_exceeded|took too long|etimedout|esockettimedout/,
      ),
      status: LATE,
    },
    {
      name: "broken",
      reason: "timeout",
      text: anyOf(
        /econnreset|econnaborted|epipe|und_err_\w+|socket hang up/,
        /socket (?:was |connection was )?(?:closed|disconnected)|fetch failed|failed to fetch/,
        /connection (?:was |has been |is )?(?:error|reset|closed|lost|aborted|terminated|failed|failure|dropped|broken|interrupted)/,
        /network (?:error|failure|changed|connection|problem|issue)|network_error/,
        /^\W{0,3}(?:typeerror: )?terminated\W{0,3}$|other side closed/,
        /premature(?:ly)? (?:close[d]?|end(?:ed)?)/,
        /websocket (?:was )?(?:closed|error|disconnected)|broken pipe|load failed|goaway/,
        /http2 |peer closed|reset before headers|upstream connect|err_network/,
        /\berr_(?:connection|timed_out|name_not|ssl|empty_response|http2|internet)\w*/,
        /rst_stream|remote end closed|server ?disconnected|apiconnectionerror/,
        /request to \S{1,300} failed|remoteprotocolerror|chunkedencodingerror|incompleteread/,
        /connection (?:unexpectedly|prematurely|forcibly) (?:closed|lost)|\beconn\w+|:\s?eof\W{0,3}$/,
        /\[ssl: ?\w+|\bssl\w* alert\b|bad[_ ]record[_ ]mac|\bssl3?_\w+:|ssl\b[^\n]{0,30}wrong version/,
        /^\W{0,3}(?:(?:the|your|api|llm|model) ){0,2}request (?:has |have )?failed(?: after [^\n]{1,60})?\W{0,3}$/,
        /forcibly closed|closed the (?:connection|stream|socket)|read: connection|lost connection|dropped the connection/,
      ),
      status: LATE,
    },
    {
      name: "unfinished",
      reason: "timeout",
      text: anyOf(
        /(?:stream|response|request|connection|answer|iterator|sse)[^\n]{0,50}(?:ended|closed|stopped|finished|terminated|interrupted|cut off|disconnected|aborted|incomplete) ?(?:unexpectedly|early|prematurely|without|before|mid|by|$)/,
        /ended without|before (?:message_stop|response\.completed|a terminal|completion)/,
        /^[^\n]{0,40}\bstream (?:has |was |is )?(?:ended|closed|aborted|cut|reset|disconnected|interrupted|terminated|stalled|broken|error)\b/,
        /\b(?:stream|response|answer) (?:idle|stall\w*|hung|cut short|truncated|never (?:finished|completed|arrived))/,
        /incomplete (?:response|chunked|stream|json|envelope)|unexpected (?:eof|end of)/,
        /did not get a response|no response (?:body|received|from)|has no body/,
        /empty (?:response|reply|body|stream|completion|answer)|without sending any chunks/,
        /returned (?:nothing|no (?:data|answer|response))|no (?:data|answer|events?|first token) (?:\w+ )?(?:from|received|arrived|within)/,
        /no (?:chunks|output|candidates|content) (?:\w+ )?(?:returned|received|generated|was)/,
        /received no (?:data|content|response)/,
      ),
      status: [...LATE, 200],
    },
    {
      name: "not-json",
      reason: "timeout",
      text: anyOf(
        /unexpected (?:token|non-whitespace|character)|not valid json|json (?:parse )?error/,
        /json at position/,
        /failed to (?:parse|decode) (?:\w+ )?(?:response|json|stream|event|sse)/,
        /could not parse (?:\w+ )?(?:response|sse|event)/,
        /invalid (?:json )?response (?:from|format|received)/,
        /malformed (?:response|chunk|stream)|event order/,
      ),
      status: [...LATE, 200],
    },
    {
      name: "aborted",
      reason: "timeout",
      text: anyOf(
        /(?:request|operation|call|fetch|connection)(?: was| has been)? (?:aborted|cancel+ed)/,
        /^\W{0,3}abort(?:ed|error)\b|the user aborted a request/,
      ),
      status: LATE,
    },
    {
      name: "gateway",
      reason: "timeout",
      text: anyOf(
        /bad gateway|no healthy (?:upstream|backend|host)|gateway (?:time-?out|error|failure)/,
        /(?:service|server|api|backend|upstream|origin|host)(?: is| was)?(?: currently| temporarily)? (?:unavailable|unreachable|offline|down\b|not available|not responding)/,
        /service_unavailable|serviceunavailable|web server is down/,
        /origin (?:error|is unreachable|dns)|temporarily unavailable|under maintenance/,
        /maintenance|unknown error occurred with the (?:origin|upstream)/,
      ),
      status: LATE,
    },
    {
      name: "server",
      reason: "timeout",
      text: anyOf(
        /(?:internal|unexpected|unknown|upstream|backend|remote|temporary|transient|provider) (?:server |service |system |processing |database )?(?:error|failure|exception)/,
        /internal_(?:server_)?error|server (?:had an |encountered an )?(?:internal )?error/,
        /server_error|upstream (?:request )?(?:error|failed|failure|rejected|provider)/,
        /provider returned (?:an? )?error|something went wrong/,
        /an error occurred while processing|error processing your request/,
        /unable to process your request|system error|retry your request/,
        /try your request again|unhandled (?:exception|error)|inference (?:failed|error)|cuda/,
        /out of memory|request buffer\b[^\n]{0,20}\b(?:limit|full|exceeded)/,
        /(?:an? )?(?:internal|unknown|unexpected) error (?:has )?(?:occurred|happened)/,
      ),
      status: LATE,
    },
    {
      // what serves the model has ended: vLLM, llama.cpp, Ollama, LM Studio
      name: "server-died",
      reason: "timeout",
      text: anyOf(
        `\\b${SERVER}(?: process)? (?:has |was |is |had |been )*(?:unexpectedly )?${ENDED}\\b`,
        /engine ?core\b|engine_?dead|\bengine[^\n]{0,20}\b(?:is dead|died|loop)|background loop (?:is not running|has errored)/,
        /segmentation fault|core dumped|worker (?:died|crashed)|sigkill|oom-?killed|(?:more|enough|insufficient) (?:\w+ )?(?:memory|vram)\b/,
        /failed to (?:load|start|initiali[sz]e) (?:the )?(?:model|engine|runner)|(?:unable|failed) to allocate/,
      ),
      status: LATE,
    },
    {
      name: "timeout-word",
      reason: "timeout",
      text: /time-?out/i,
      status: LATE,
      loose: true,
    },
    {
      name: "try-later",
      reason: "timeout",
      text: /(?:please )?(?:try|retry)(?: again)? (?:later|in a (?:few|moment|minute|while)|shortly|soon)/i,
      status: LATE,
      loose: true,
    },
  ],
};
