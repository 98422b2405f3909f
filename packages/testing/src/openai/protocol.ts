import type { IncomingHttpHeaders } from "node:http";
import { asList, isRecord } from "../fields.ts";
import { bearerToken } from "../http-auth.ts";
import type { Protocol, ReadRequest, Refusal } from "../protocol.ts";
import { randomId } from "../random-id.ts";
import type { ModelTool } from "../request.ts";
import { streamOpenAiAnswer, wholeOpenAiAnswer } from "./answer.ts";
import { checkOpenAiConversation, neutralConversation, orderProblem } from "./conversation.ts";
import { missingKeyMessage, openAiErrorBody } from "./errors.ts";
import { readMessages } from "./messages.ts";

/** OpenAI chat completions (platform.openai.com/docs/api-reference/chat). */
export const openAiProtocol: Protocol = {
  name: "openai",
  path: "/v1/chat/completions",
  readRequest,
  checkConversation: checkOpenAiConversation,
  readApiKey: bearerToken,
  newToolCallId: () => randomId("call_", 24),
  answerHeaders: (requestId) => ({ "x-request-id": requestId, "openai-version": "2020-10-01" }),
  errorBody: openAiErrorBody,
  streamAnswer: streamOpenAiAnswer,
  wholeAnswer: wholeOpenAiAnswer,
  modelList: (models) => ({
    object: "list",
    data: models.map((id) => ({ id, object: "model", created: 1686935002, owned_by: "cloison-testing" })),
  }),
};

function readRequest(raw: unknown, headers: IncomingHttpHeaders): ReadRequest {
  const body = isRecord(raw) ? raw : {};
  const wire = readMessages(raw);
  const apiKey = bearerToken(headers);
  const model = typeof body.model === "string" ? body.model : "";
  const request = {
    protocol: "openai" as const,
    model,
    ...neutralConversation(wire.messages),
    tools: readTools(body.tools),
    apiKey,
    stream: body.stream === true,
    raw,
  };
  return { request, refusal: refusalOf() };

  function refusalOf(): Refusal | undefined {
    if (apiKey === undefined) return { status: 401, message: missingKeyMessage };
    if (!isRecord(raw)) return { status: 400, message: "We could not parse the JSON body of your request." };
    if (model === "") return { status: 400, message: "you must provide a model parameter" };
    const problem = wire.problem ?? orderProblem(wire.messages);
    return problem && { status: 400, ...problem };
  }
}

function readTools(tools: unknown): ModelTool[] {
  return asList(tools).flatMap((tool) =>
    isRecord(tool) && isRecord(tool.function) ? [readTool(tool.function)] : [],
  );
}

function readTool({ name, description, parameters }: Record<string, unknown>): ModelTool {
  return {
    name: typeof name === "string" ? name : "",
    description: typeof description === "string" ? description : "",
    parameters,
  };
}
