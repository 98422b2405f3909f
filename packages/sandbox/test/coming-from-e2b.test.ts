import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { snapshots } from "../src/index.ts";
import { limitedLanes } from "./support/as-user.ts";
import { useCli } from "./support/cli-in-lane.ts";
import { useHere } from "./support/here.ts";

/** As its users write it; nothing in it knows of another SDK. */
const program = `
import { CommandExitError, Sandbox } from "e2b";

const sandbox = await Sandbox.create({ timeoutMs: 120_000 });
console.log("created", sandbox.sandboxId.length > 8, await sandbox.isRunning());

// files
await sandbox.files.write("/home/user/site/index.html", "<h1>hello</h1>\\n");
await sandbox.files.write([
  { path: "/home/user/site/data.json", data: JSON.stringify({ n: 42 }) },
  { path: "/home/user/count.sh", data: 'for i in 1 2 3; do echo "line $i"; echo "warn $i" >&2; done\\n' },
]);
await sandbox.files.makeDir("/home/user/site/assets");
const entries = await sandbox.files.list("/home/user/site");
console.log(entries.map((entry) => (entry.type === "dir" ? entry.name + "/" : entry.name)).sort().join(" "));
const text = await sandbox.files.read("/home/user/site/data.json");
console.log(JSON.parse(text).n, (await sandbox.files.getInfo("/home/user/site/data.json")).size);
await sandbox.files.rename("/home/user/site/data.json", "/home/user/site/renamed.json");
console.log(await sandbox.files.exists("/home/user/site/data.json"));

// commands
const result = await sandbox.commands.run("pwd; wc -c < index.html; echo $GREETING", {
  cwd: "/home/user/site",
  envs: { GREETING: "hi" },
});
console.log(result.exitCode, result.stdout.trim().split("\\n").slice(1).join(" "), result.stderr === "");

// their output as it comes
const streamed = { out: "", err: "" };
await sandbox.commands.run("sh count.sh", {
  cwd: "/home/user",
  onStdout: (data) => {
    streamed.out += data;
  },
  onStderr: (data) => {
    streamed.err += data;
  },
});
console.log(streamed.out.split("\\n").length, streamed.err.startsWith("warn 1"));
try {
  await sandbox.commands.run("echo broken >&2; exit 3");
} catch (error) {
  console.log(error instanceof CommandExitError, error.exitCode, error.stderr.trim());
}

// a server in the background
const server = await sandbox.commands.run("python3 -m http.server 3000", { background: true, cwd: "/home/user/site" });
const url = \`https://\${sandbox.getHost(3000)}\`;
async function open(path) {
  for (;;) {
    const response = await fetch(new URL(path, url)).catch(() => undefined);
    if (response?.ok) return await response.text();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
console.log((await open("index.html")).trim(), (await sandbox.commands.list()).length);
await server.kill();
console.log((await sandbox.commands.list()).length);

// its end, and another that begins where it was
await sandbox.setTimeout(60_000);
await sandbox.files.remove("/home/user/site/assets");
const snapshot = await sandbox.createSnapshot();
await sandbox.kill();
const again = await Sandbox.create(snapshot.snapshotId);
console.log(await sandbox.isRunning(), (await again.files.read("/home/user/site/index.html")).trim());
await again.kill();
`;

const printed = `created true true
assets/ data.json index.html
42 8
false
0 15 hi true
4 true
true 3 broken
<h1>hello</h1> 1
0
false <h1>hello</h1>
`;

const document = join(import.meta.dirname, "../coming-from.md");

/** The pairs of code in the table, in its order. */
function substitutions(): { readonly from: string; readonly to: string }[] {
  const [, section = ""] = /^## E2B$(.*?)^## /ms.exec(readFileSync(document, "utf8")) ?? [];
  const rows = section.matchAll(/^\| `([^|]+)` \| `([^|]+)` \|/gm);
  return [...rows].map(([, from = "", to = ""]) => ({ from, to }));
}

/** `…` is whatever is there, on one line; between quotation marks it has none. */
function pattern(from: string): RegExp {
  const escaped = from.replace(/[\\^$.*+?()[\]{}]/g, "\\$&");
  return new RegExp(escaped.replaceAll('"…', '"([^"\\n]*?)').replaceAll("…", "(.*?)"), "g");
}

function translate(text: string): string {
  return substitutions().reduce((changed, { from, to }) => {
    const pieces = to.split("…");
    return changed.replace(pattern(from), (...found) =>
      pieces.reduce((whole, piece, index) => `${whole}${found[index] ?? ""}${piece}`),
    );
  }, text);
}

describe("all tables", () => {
  const { withSandbox } = useHere();

  test("name what there is here", async () => {
    const cells = readFileSync(document, "utf8").matchAll(/^\| [^|]+ \| ([^|]+) \|/gm);
    const code = [...cells].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text),
    );
    const names = code.flatMap((text) => [
      ...text.matchAll(/\b(sandbox|files|commands|ports|pty|snapshots|handle|terminal|forward)\.(?=(\w+))/g),
    ]);
    expect(new Set(names.map(([, object]) => object)).size).toBe(9);
    await withSandbox({}, async (sandbox) => {
      const { files, commands, ports, pty } = sandbox;
      const handle = await commands.start("sleep 60");
      const terminal = await pty.create();
      const forward = await ports.forward(3000);
      const objects = new Map(
        Object.entries({ sandbox, files, commands, ports, pty, snapshots, handle, terminal, forward }),
      );
      const missing = names.filter(([, object = "", name = ""]) => !(name in (objects.get(object) ?? {})));
      expect(missing.map(([text]) => text)).toEqual([]);
    });
  });
});

const noPython = existsSync("/usr/bin/python3") ? "" : " (skipped: no python3 in /usr/bin)";

test("the program is one for E2B, of about 60 lines, and the table knows all of its calls", () => {
  const lines = program.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//"));
  expect(lines.length).toBeGreaterThanOrEqual(55);
  const translated = translate(program);
  expect(translated).not.toMatch(
    /e2b|Sandbox\.create\(|getHost|getInfo|createSnapshot|isRunning|sandboxId|home\/user/,
  );
  const calls = [...program.matchAll(/\b(?:files|commands|sandbox)\.(\w+)\(/g)].map(([, name = ""]) => name);
  const known = substitutions()
    .map(({ from }) => from)
    .join("\n");
  expect(calls.filter((name) => !known.includes(`${name}(`))).toEqual([]);
});

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined || noPython !== "")(
    `a program written for E2B, changed by the table alone, ${lane.title}${noPython}`,
    () => {
      const { sh, write } = useCli(lane);

      test("does here what it does there", async () => {
        write("program.mjs", translate(program));
        const { code, stdout, stderr } = await sh(`
          mkdir -p node_modules/@cloison; ln -s "$package" node_modules/@cloison/sandbox
          XDG_STATE_HOME=$PWD/state "$node" program.mjs`);
        expect({ stderr, stdout }).toEqual({ stderr: "", stdout: printed });
        expect(code).toBe(0);
      });
    },
  );
