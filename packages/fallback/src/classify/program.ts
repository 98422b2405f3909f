// A program that an agent runs fails in its own way: a test, a compiler, a database, a file. Such a failure is text
// that holds a provider's words by chance; its shape tells it.

/** Programs name themselves first: `psql: error: …`, `npm error …`. */
const PROGRAMS = [
  "psql|pg_\\w+|mysql\\w*|mongo\\w*|redis(?:-cli)?|sqlite3?|git|gh|svn|ssh|scp|sftp|rsync",
  "npm|npx|pnpm|yarn|bun|pip3?|uv|poetry|cargo|rustc|go|gcc|g\\+\\+|clang|ld|make|cmake|tsc",
  "eslint|biome|prettier|jest|vitest|pytest|mocha|docker|podman|kubectl|helm|terraform|ansible",
  "sudo|su|bash|sh|zsh|fish|cat|ls|cp|mv|rm|sed|awk|grep|rg|find|tar|unzip|apt(?:-get)?|brew",
  "systemctl|node|deno|python3?|ruby|php|java|javac|mvn|gradle|chmod|mkdir",
].join("|");

const programs: readonly RegExp[] = [
  new RegExp(`^(?:error: )?(?:${PROGRAMS}):|^(?:npm|pnpm|yarn) (?:err!|(?:error|warn)\\b)`, "i"),
  /^fatal: (?!error)|^error: (?:failed to push|your local changes|pathspec)/, // git
  /^(?:Error: )?(?:Command|Process|Script|Hook|Worker|Tool) (?:failed|exited|timed out|blocked|denied|"[^"\n]{0,100}" )/i,
  /docker daemon|docker\.sock|accepting TCP\/IP connections|heap limit|(?:\bport |:)(?:5432|3306|6379|27017)\b/i,
  /\b(?:redis|postgres\w*|mysql|mongo\w*|memcached|kafka|rabbitmq|elasticsearch)\b[^\n]{0,60}\b(?:refused|failed|closed|timed out)\b/i,
  /\bthe user (?:rejected|declined|denied|doesn.t want)\b/i,
  /password authentication failed for user|access denied for user '|permission denied \(publickey/i,
  /\b(?:SQLSTATE|E11000)\b|relation "\w+" does not exist/i,
];

const tests: readonly RegExp[] = [
  /^(?:uncaught )?assertion ?error\b|\[ERR_ASSERTION\]|\bAssertionError\b/i,
  /^\W{0,4}(?:FAIL|PASS|FAILED (?=\S+[./:]{1,2}\w)|not ok|ok \d+)\b|^\s{0,8}(?:[✓✔✗✘×●√]|\d+\) \w)/u,
  /^\W{0,4}(?:\d+ )?(?:tests?|suites?|specs?)\b[^\n]{0,20}\b(?:failed|passed|failing|timed out)/i,
  /\bexpected:? [^\n]{0,200}\n\s*(?:received|actual|got)\b/i,
  /\b(?:expected|received|actual):[^\n]{0,100}\n[^\n]{0,20}(?:received|actual|expected):/i,
  /\bexpect\(\S{0,80}\)\.(?:not\.)?to\w+|\bexpected (?:status )?(?:code )?\d{3} to (?:be|equal|match)\b/i,
  /[\w/-]\.(?:test|spec)\.[cm]?[jt]sx?\b|\btest_\w+\.py\b|_test\.go\b|async tests and hooks/,
];

const sources: readonly RegExp[] = [
  /^[Ll]ine \d+\b|^\W{0,3}[\w./-]{1,200}\.\w{1,5}[:(]\d+[:,]\d+\)?:? |^error(?: TS\d+|\[E\d+\])/,
  /^ {2}File "[^"\n]{1,200}", line \d+/,
  /^(?:Uncaught )?(?:Reference|Name|Key|ModuleNotFound|Import|Attribute|Index|Indentation|ZeroDivision|Range|Eval)Error: /,
  /^\s*(?:const|let|var) \w+ ?[=:]|^\s*throw new \w|^\s*if ?\(|^\s*(?:return|import|export|function|def|class|async) [^\n]{0,120}[;{(]/,
  /^\s*\|[^\n]{0,200}\|/, // a row of a table
];

const files: readonly RegExp[] = [
  /^(?:Error: )?(?:ENOENT|EACCES|EISDIR|ENOTDIR|EEXIST|EPERM|EMFILE|ENOSPC|EADDRINUSE|EROFS|EXDEV|ENOTEMPTY)\b/,
  /^(?:Error: )?(?:(?:the|your|app|invalid|project) ){0,2}config(?:uration)?(?: file| schema)? (?:validation|is invalid|invalid|parse|error|could not)|^invalid config/i,
  /^(?:\w+(?:Error|Exception): )?(?:the )?(?:file|output|tool|command|mcp|search|read|page)(?: \w+){0,3} ?\([^)\n]{0,40}\) (?:exceeds|is too large)/i,
  /\b(?:denied|not permitted|forbidden)(?: (?:for|to|on|at|by|opening|reading|writing))*:? ['"`]?(?:\/(?:root|home|users|etc|var|usr|tmp|opt|mnt|data|srv|dev|proc|sys|private|volumes|library|workspace)\/|~\/|\.{1,2}\/|[a-z]:\\)/i,
  /\b(?:while|when|during) (?:the |an? )?(?:copying|(?:un|de)?compressing|(?:un)?packing|rotating|archiving|backing up|restoring|renaming|moving|sync(?:ing)?|backup|checkout|migration|install(?:ing|ation)?)\b/i,
  /^(?:\w*File\w*Error|Error reading file|Could not read)\b/i,
];

const SHAPES = [...programs, ...tests, ...sources, ...files];

/** Whether a text is how a program, a test or a tool fails, and no model provider. */
export function isProgramFailure(text: string): boolean {
  const start = text.slice(0, 1000);
  return SHAPES.some((shape) => shape.test(start));
}
