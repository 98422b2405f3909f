import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { promisify } from "node:util";
import { workerCommand } from "@cloison/agent";
import { createPlatform, type RunSandboxOptions } from "@cloison/platform";
import { type AnswerFunction, startModelServer } from "@cloison/testing";
import { parseSight } from "./parse-sight.ts";
import type { Address, Asked, Sight } from "./sight.ts";
import { type SightRow, sightRows } from "./sight-rows.ts";

export interface CompareOptions {
  /** Paths of the host that an agent has no business with. */
  readonly paths: readonly string[];
  /** Secrets that the host holds, by what to call them. They are looked for, and never sent inside. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly sandbox: RunSandboxOptions;
  readonly signal: AbortSignal;
}

/** An address on the internet, to try from inside only: nothing may leave. */
const OUTSIDE: Address = { host: "1.1.1.1", port: 443 };

const PROGRAM = join(import.meta.dirname, `look-around${extname(import.meta.filename)}`);

/**
 * Measures what an agent can see: a scripted model has an agent run one program through its bash tool, in a
 * sandbox made as for any run, and the same program runs on the host.
 *
 * @throws {CliError} `CLI_PROBE` when either side gives no usable answer.
 */
export async function compareSights(options: CompareOptions): Promise<SightRow[]> {
  const key = `canary-${randomBytes(16).toString("hex")}`;
  const asked = { paths: options.paths, addresses: [] };
  await using server = await startModelServer({ script: (request, context) => script(request, context) });
  const loopback = { host: "127.0.0.1", port: Number(new URL(server.url).port) };
  let output: string | undefined;
  const insideAsked: Asked = { ...asked, addresses: [loopback, OUTSIDE], environments: true };
  const script: AnswerFunction = ({ messages }) => {
    output = messages.at(-1)?.toolResults[0]?.text;
    if (output !== undefined) return { text: "done" };
    const words = [
      workerCommand[0] ?? "node",
      `/workspace/${basename(PROGRAM)}`,
      JSON.stringify(insideAsked),
    ];
    return { toolCalls: [{ name: "bash", arguments: { command: words.map(quote).join(" ") } }] };
  };
  await runInside({ ...options, baseUrl: server.baseUrls.openai, key });
  const host = await lookFromHost({ ...asked, addresses: [loopback], environments: false });
  const secrets = new Map([...options.secrets, ["the key of this look's model", key]]);
  return sightRows({ asked: insideAsked, host, inside: parseSight(output), secrets });
}

async function runInside(options: CompareOptions & { baseUrl: string; key: string }): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), "cloison-look-"));
  try {
    const platform = createPlatform({
      stateDir,
      apiKeys: { scripted: options.key },
      sandbox: options.sandbox,
    });
    const workspace = await platform.createWorkspace("look", {
      provider: "scripted",
      model: "look-around",
      baseUrl: options.baseUrl,
    });
    await copyFile(PROGRAM, join(workspace.filesDir, basename(PROGRAM)));
    await workspace.run({ message: "look around", signal: options.signal });
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function lookFromHost(asked: Asked): Promise<Sight> {
  const args = [PROGRAM, JSON.stringify(asked)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: {},
    maxBuffer: 16 * 1024 * 1024,
  });
  return parseSight(stdout);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
