import { randomBytes } from "node:crypto";
import { startModelServer } from "@cloison/testing";
import { answerTodo } from "../demo/todo-script.ts";
import type { ModelChoice } from "../model-choice.ts";

/** A model that a run can talk to, until it is disposed of. */
export interface OpenModel extends AsyncDisposable {
  readonly target: { readonly provider: string; readonly model: string; readonly baseUrl?: string };
  readonly apiKeys: Readonly<Record<string, string>>;
  /** What must not be found inside a sandbox, by what to call it. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Names of variables that hold secrets, by custom. */
const SECRET_NAME = /(_API_KEYS?|_KEY_\d+|_TOKEN|_SECRET|_PASSWORD)$/;
const SHORTEST_SECRET = 8;

/** Opens the chosen model: the scripted one is a server on loopback, which wants a key as any provider does. */
export async function openModel(choice: ModelChoice, env: NodeJS.ProcessEnv): Promise<OpenModel> {
  const secrets = secretsOf(env);
  if (choice.kind === "real") {
    const { provider, model, baseUrl } = choice;
    // A server of one's own may take no key; the platform wants to be told so by any text.
    const apiKeys: Record<string, string> =
      baseUrl !== undefined && choice.keyVariable === undefined ? { [provider]: "none" } : {};
    const target = { provider, model, ...(baseUrl === undefined ? {} : { baseUrl }) };
    return { target, apiKeys, secrets, [Symbol.asyncDispose]: async () => {} };
  }
  const server = await startModelServer({ script: answerTodo });
  const key = `scripted-${randomBytes(16).toString("hex")}`;
  return {
    target: { provider: "scripted", model: "todo", baseUrl: server.baseUrls.openai },
    apiKeys: { scripted: key },
    secrets: new Map([...secrets, ["the model's key", key]]),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function secretsOf(env: NodeJS.ProcessEnv): Map<string, string> {
  const entries = Object.entries(env).flatMap(([name, value = ""]) => {
    if (!SECRET_NAME.test(name)) return [];
    // Each key of a list is a secret of its own.
    const parts = name.endsWith("_API_KEYS") ? value.split(/[\s,;]+/) : [value];
    const secrets = parts.filter((part) => part.length >= SHORTEST_SECRET);
    return secrets.map((part, at) => [at === 0 ? name : `${name}, no. ${at + 1}`, part] as const);
  });
  return new Map(entries);
}
