import type { IncomingHttpHeaders } from "node:http";
import { contentText } from "../content-text.ts";
import { asList, isRecord } from "../fields.ts";
import { bearerToken } from "../http-auth.ts";
import type { Protocol, ReadRequest, Refusal } from "../protocol.ts";
import { randomId } from "../random-id.ts";
import type { ModelTool } from "../request.ts";
import { streamAnthropicAnswer, wholeAnthropicAnswer } from "./answer.ts";
import { checkAnthropicConversation, orderProblem } from "./check-order.ts";
import { anthropicErrorBody } from "./errors.ts";
import { readMessages } from "./messages.ts";
import { neutralMessages } from "./neutral.ts";

/** Anthropic messages (platform.claude.com/docs/en/api/messages). */
export const anthropicProtocol: Protocol = {
  name: "anthropic",
  path: "/v1/messages",
  readRequest,
  checkConversation: checkAnthropicConversation,
  readApiKey,
  newToolCallId: () => randomId("toolu_01", 22),
  answerHeaders: (requestId) => ({ "request-id": requestId }),
  errorBody: anthropicErrorBody,
  streamAnswer: streamAnthropicAnswer,
  wholeAnswer: wholeAnthropicAnswer,
  modelList: (models) => ({
    data: models.map((id) => ({
      type: "model",
      id,
      display_name: id,
      created_at: "2025-01-01T00:00:00Z",
    })),
    has_more: false,
    first_id: models[0] ?? null,
    last_id: models.at(-1) ?? null,
  }),
};

/** `x-api-key`, or the bearer token that OAuth clients send. */
function readApiKey(headers: IncomingHttpHeaders): string | undefined {
  const key = headers["x-api-key"];
  return typeof key === "string" && key !== "" ? key : bearerToken(headers);
}

function readRequest(raw: unknown, headers: IncomingHttpHeaders): ReadRequest {
  const body = isRecord(raw) ? raw : {};
  const wire = readMessages(raw);
  const apiKey = readApiKey(headers);
  const request = {
    protocol: "anthropic" as const,
    model: typeof body.model === "string" ? body.model : "",
    system: contentText(body.system),
    messages: neutralMessages(wire.messages),
    tools: readTools(body.tools),
    apiKey,
    stream: body.stream === true,
    raw,
  };
  return { request, refusal: refusalOf() };

  function refusalOf(): Refusal | undefined {
    const invalid = (message: string): Refusal => ({ status: 400, message });
    if (apiKey === undefined) return { status: 401, message: "x-api-key header is required" };
    if (headers["anthropic-version"] === undefined) return invalid("anthropic-version: header is required");
    if (!isRecord(raw)) return invalid("The request body is not valid JSON");
    if (typeof raw.model !== "string" || raw.model === "") return invalid("model: Field required");
    if (raw.max_tokens === undefined) return invalid("max_tokens: Field required");
    if (typeof raw.max_tokens !== "number" || !(raw.max_tokens >= 1)) {
      return invalid("max_tokens: Input should be greater than or equal to 1");
    }
    const problem = wire.problem ?? orderProblem(wire.messages);
    return problem && invalid(problem.message);
  }
}

function readTools(tools: unknown): ModelTool[] {
  return asList(tools).filter(isRecord).map(readTool);
}

function readTool({ name, description, input_schema }: Record<string, unknown>): ModelTool {
  return {
    name: typeof name === "string" ? name : "",
    description: typeof description === "string" ? description : "",
    parameters: input_schema,
  };
}
