import { ModelServerError } from "./errors.ts";
import { assertReply } from "./parse-reply.ts";
import type { ModelReply, ModelScript } from "./reply.ts";
import type { ModelRequest } from "./request.ts";

/** Asks the script, whatever its form. Rejects with a ModelServerError and nothing else. */
export type AskScript = (request: ModelRequest, signal: AbortSignal) => Promise<ModelReply>;

/** Turns a script into one function that counts requests and checks every reply. */
export function createAskScript(script: ModelScript): AskScript {
  let asked = 0;
  return async (request, signal) => {
    const index = asked;
    asked += 1;
    const step = typeof script === "function" ? script : script[index];
    if (step === undefined) throw exhausted(index);
    const reply = typeof step === "function" ? await answer(() => step(request, { index, signal })) : step;
    assertReply(reply);
    return reply;
  };
}

async function answer(step: () => ModelReply | Promise<ModelReply>): Promise<ModelReply> {
  try {
    return await step();
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    throw new ModelServerError("MODEL_SERVER_SCRIPT", `The script's function failed: ${told}`, { cause });
  }
}

function exhausted(index: number): ModelServerError {
  const message = `The script has ${index === 1 ? "1 step" : `${index} steps`} and this is request ${index + 1}. Add a step, or use a function.`;
  return new ModelServerError("MODEL_SERVER_SCRIPT_EXHAUSTED", message);
}
