import type { AnswerFunction, ModelFault, ModelReply, ModelRequest } from "@cloison/testing";
import { isSummaryRequest, overflow } from "../overflow-script.ts";
import type { JumpingClock } from "./jumping-clock.ts";
import type { Fault, Schedule } from "./schedule.ts";

/** A request that the server has received. */
export interface Received {
  readonly model: string;
  readonly key: string;
}

/** The model's side of one schedule. */
export interface ScriptedSchedule {
  readonly received: readonly Received[];
  /** Texts of answers that were sent whole, as far as the server was concerned. */
  readonly whole: ReadonlySet<string>;
  /** How many tools the next answer is to call. */
  calls: number;
  /** Called with each request before it is answered. */
  onRequest: () => void;
  readonly answer: AnswerFunction;
}

const FILLER = "and so on ".repeat(15);

export function scriptSchedule({ faults }: Schedule, clock: JumpingClock): ScriptedSchedule {
  const received: Received[] = [];
  const whole = new Set<string>();
  let answers = 0;
  const reply = (request: ModelRequest): ModelReply => {
    answers += 1;
    const isSummary = isSummaryRequest(request);
    const text = `${isSummary ? "summary" : "answer"} ${answers} ${isSummary ? "" : FILLER}end`;
    const calls = isSummary ? 0 : script.calls;
    const toolCalls = Array.from({ length: calls }, (_, index) => ({
      name: "bash",
      arguments: { command: `echo ${answers}.${index}` },
    }));
    return calls === 0 ? { text, chunkSize: 40 } : { text, toolCalls, chunkSize: 40 };
  };
  const script: ScriptedSchedule = {
    received,
    whole,
    calls: 0,
    onRequest: () => undefined,
    answer: (request) => {
      const fault = faults[received.length] ?? { kind: "none" };
      received.push({ model: request.model, key: request.apiKey ?? "" });
      script.onRequest();
      if (fault.kind === "overflow") return overflow(request.protocol);
      const told = serverFault(fault, request);
      if (fault.kind === "hang") setImmediate(clock.jump);
      if (told !== undefined && !("cutAfterChunks" in told || "malformedChunkAt" in told))
        return { fault: told };
      const answer = reply(request);
      if (told === undefined) whole.add(answer.text ?? "");
      return told === undefined ? answer : { ...answer, fault: told };
    },
  };
  return script;
}

/** Providers, and proxies before them, do say refused keys back. */
function refusedKey({ protocol, apiKey }: ModelRequest): object {
  const [message, code] = [`Incorrect API key provided: ${apiKey}.`, "invalid_api_key"];
  return protocol === "openai"
    ? { error: { message, type: "invalid_request_error", param: null, code } }
    : { type: "error", error: { type: "authentication_error", message } };
}

function serverFault(fault: Fault, request: ModelRequest): ModelFault | undefined {
  switch (fault.kind) {
    case "status": {
      const { status, retryAfterS } = fault;
      if (status === 401) return { status, body: refusedKey(request) };
      return retryAfterS === undefined
        ? { status }
        : { status, headers: { "retry-after": String(retryAfterS) } };
    }
    case "cut":
      return { cutAfterChunks: fault.afterChunks };
    case "malformed":
      return { malformedChunkAt: fault.atChunk };
    case "empty":
      return { emptyAnswer: true };
    case "hang":
      return { hang: true };
    default:
      return undefined;
  }
}
