// A program that an agent runs fails in its own way: a test, a compiler, a database, a file. Such a failure is text
// that holds a provider's words by chance; its shape tells it.

/** Programs name themselves first: `psql: error: …`, `fatal: …` of git, `npm error …`. */
const TOOLS =
  "psql|pg_\\w+|mysql\\w*|mongo\\w*|redis(?:-cli)?|sqlite3?|git|gh|svn|ssh|scp|sftp|rsync|npm|npx|pnpm|yarn|bun|pip3?|uv|poetry|cargo|rustc|go|gcc|g\\+\\+|clang|ld|make|cmake|tsc|eslint|biome|prettier|jest|vitest|pytest|mocha|docker|podman|kubectl|helm|terraform|ansible|sudo|su|bash|sh|zsh|fish|cat|ls|cp|mv|rm|sed|awk|grep|rg|find|tar|unzip|apt(?:-get)?|brew|systemctl|node|deno|python3?|ruby|php|java|javac|mvn|gradle|chmod|mkdir";

const SHAPES: readonly RegExp[] = [
  new RegExp(`^(?:error: )?(?:${TOOLS}):|^(?:npm|pnpm|yarn) (?:err!|error\\b)`, "i"),
  /^fatal: (?!error)/, // git
  /^(?:uncaught )?assertion ?error\b|\[ERR_ASSERTION\]|\bAssertionError\b/i,
  /^\W{0,4}(?:FAIL|PASS|FAILED (?=\S+[./:]{1,2}\w)|not ok|ok \d+)\b|^\W{0,4}(?:\d+ )?(?:tests?|suites?|specs?)\b[^\n]{0,20}\b(?:failed|passed|failing)/,
  /\bexpected:? [^\n]{0,200}\n\s*(?:received|actual|got)\b|\b(?:expected|received|actual):[^\n]{0,100}\n[^\n]{0,20}(?:received|actual|expected):/i,
  /\bexpect\(\S{0,80}\)\.(?:not\.)?to\w+|\bexpected (?:status )?(?:code )?\d{3} to (?:be|equal|match)\b/i,
  /[\w/-]\.(?:test|spec)\.[cm]?[jt]sx?\b|\btest_\w+\.py\b|_test\.go\b/,
  /^[Ll]ine \d+\b|^\W{0,3}(?:[\w./-]+\.\w{1,5})[:(]\d+[:,]\d+\)?:? |^error(?: TS\d+|\[E\d+\])|^ {2}File "[^"\n]{1,200}", line \d+/,
  /^(?:Error: )?(?:ENOENT|EACCES|EISDIR|ENOTDIR|EEXIST|EPERM|EMFILE|ENOSPC|EADDRINUSE|EROFS|EXDEV|ENOTEMPTY)\b/,
  /^(?:Error: )?(?:Command|Process|Script|Hook) (?:failed|exited|timed out|"[^"\n]{0,100}" )/i,
  /password authentication failed for user|access denied for user '|\b(?:SQLSTATE|E11000)\b|relation "\w+" does not exist|permission denied \(publickey/i,
  /^(?:Error: )?(?:(?:the|your|app|invalid|project) ){0,2}config(?:uration)?(?: file| schema)? (?:validation|is invalid|invalid|parse|error|could not)|^invalid config/i,
  /^(?:\w+(?:Error|Exception): )?(?:the )?(?:file|output|tool|command|mcp|search|read|page)(?: \w+){0,3} ?\([^)\n]{0,40}\) (?:exceeds|is too large)|^(?:\w*File\w*Error|Error reading file|Could not read)\b/i,
];

/** Whether a text is how a program, a test or a tool fails, and no model provider. */
export function isProgramFailure(text: string): boolean {
  const start = text.slice(0, 1000);
  return SHAPES.some((shape) => shape.test(start));
}
