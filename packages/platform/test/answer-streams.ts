import type { Api, AssistantMessage, Model, ProviderStreams } from "@earendil-works/pi-ai";
import { streamSimple as messages } from "@earendil-works/pi-ai/api/anthropic-messages";
import { streamSimple as completions } from "@earendil-works/pi-ai/api/openai-completions";
import { streamSimple as responses } from "@earendil-works/pi-ai/api/openai-responses";

/** A part of an answer: a text, or a tool call by its arguments; each in pieces. */
export interface Part {
  readonly kind: "text" | "call";
  readonly pieces: readonly string[];
}

interface Protocol {
  readonly api: Api;
  readonly streamSimple: ProviderStreams["streamSimple"];
  /** The JSON of an answer's events, with the name where the protocol has one. */
  events(parts: readonly Part[]): readonly (readonly [name: string | undefined, json: object | string])[];
}

const usage = { input_tokens: 7, output_tokens: 9 };

/** An event that has its name in its JSON, too. */
interface Named {
  readonly type: string;
  readonly [field: string]: unknown;
}

const byName = (events: readonly Named[]) => events.map((event) => [event.type, event] as const);

function blockEvents({ kind, pieces }: Part, index: number): readonly Named[] {
  const text = kind === "text";
  const call = { type: "tool_use", id: `call_${index}`, name: "write", input: {} };
  const delta = (piece: string) =>
    text ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece };
  return [
    { type: "content_block_start", index, content_block: text ? { type: "text", text: "" } : call },
    { type: "ping" },
    ...pieces.map((piece) => ({ type: "content_block_delta", index, delta: delta(piece) })),
    { type: "content_block_stop", index },
  ];
}

const anthropic: Protocol = {
  api: "anthropic-messages",
  streamSimple: messages,
  events: (parts) =>
    byName([
      { type: "message_start", message: { id: "m", role: "assistant", content: [], usage } },
      ...parts.flatMap(blockEvents),
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage },
      { type: "message_stop" },
    ]),
};

/**
 * As providers do it that say a call's id and name once, or at each of its pieces.
 *
 * @param beside what they say besides
 */
function openAi(repeatsNames: boolean, beside: object = {}): Protocol {
  const chunk = (delta: object, finish: string | null = null) =>
    [
      undefined,
      {
        id: "c",
        choices: [{ index: 0, delta, finish_reason: finish, logprobs: null, ...beside }],
        usage: null,
      },
    ] as const;
  return {
    api: "openai-completions",
    streamSimple: completions,
    events: (parts) => [
      chunk({ role: "assistant", content: "" }),
      ...parts.flatMap(({ kind, pieces }, index) =>
        kind === "text"
          ? pieces.map((content) => chunk({ content }))
          : ["", ...pieces].map((piece, nth) => {
              const names = nth === 0 || repeatsNames;
              const call = names ? { id: `call_${index}`, type: "function" } : {};
              return chunk({
                content: null,
                tool_calls: [
                  { index, ...call, function: { ...(names ? { name: "write" } : {}), arguments: piece } },
                ],
              });
            }),
      ),
      chunk({}, "tool_calls"),
      [
        undefined,
        { id: "c", choices: [], usage: { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 } },
      ],
      [undefined, "[DONE]"],
    ],
  };
}

function itemEvents({ kind, pieces }: Part, index: number): readonly Named[] {
  const at = { output_index: index, item_id: `item_${index}` };
  const all = pieces.join("");
  if (kind === "text") {
    const item = { type: "message", id: at.item_id, role: "assistant", status: "completed" };
    const part = { type: "output_text", text: "", annotations: [] };
    return [
      { type: "response.output_item.added", ...at, item: { ...item, content: [] } },
      { type: "response.content_part.added", ...at, content_index: 0, part },
      ...pieces.map((delta) => ({ type: "response.output_text.delta", ...at, content_index: 0, delta })),
      { type: "response.output_item.done", ...at, item: { ...item, content: [{ ...part, text: all }] } },
    ];
  }
  const item = { type: "function_call", id: at.item_id, call_id: `call_${index}`, name: "write" };
  const piece = { type: "response.function_call_arguments.delta", ...at };
  return [
    { type: "response.output_item.added", ...at, item: { ...item, arguments: "" } },
    ...pieces.map((delta, sequence_number) => ({ ...piece, delta, sequence_number })),
    { type: "response.output_item.done", ...at, item: { ...item, arguments: all } },
  ];
}

const openAiResponses: Protocol = {
  api: "openai-responses",
  streamSimple: responses,
  events: (parts) => {
    const details = { input_tokens_details: {}, output_tokens_details: {} };
    const response = { id: "r", status: "completed", usage: { ...usage, total_tokens: 16, ...details } };
    return byName([
      { type: "response.created", response: { id: "r" } },
      ...parts.flatMap(itemEvents),
      { type: "response.completed", response },
    ]);
  },
};

export const protocols = {
  "Anthropic's messages": anthropic,
  "OpenAI's chat completions": openAi(false),
  "chat completions with names at each piece": openAi(true),
  "Azure's chat completions": openAi(false, { content_filter_results: {} }),
  "OpenAI's responses": openAiResponses,
};

/** An answer as it goes over the wire. */
export function wire(protocol: Protocol, parts: readonly Part[], newline = "\n"): Buffer {
  const events = protocol.events(parts).map(([name, json]) => {
    const data = `data: ${typeof json === "string" ? json : JSON.stringify(json)}`;
    return [...(name === undefined ? [] : [`event: ${name}`]), data, "", ""].join(newline);
  });
  return Buffer.from(events.join(""));
}

/** An answer's HTTP response, whose body comes in pieces that end at these bytes. */
export function responseOf(bytes: Buffer, cuts: readonly number[] = []): Response {
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [nth, end] of ends.entries()) controller.enqueue(bytes.subarray(ends[nth - 1] ?? 0, end));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** What pi-ai's client makes of a response, and how often it was told something of arguments. */
export async function readBy(
  { api, streamSimple }: Protocol,
  response: Response,
): Promise<{ readonly answer: AssistantMessage; readonly updates: number }> {
  const model: Model<Api> = {
    id: "m",
    name: "m",
    api,
    provider: "local",
    baseUrl: "http://127.0.0.1:9",
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 0,
    maxTokens: 8192,
  };
  const context = {
    systemPrompt: "",
    messages: [{ role: "user" as const, content: "go", timestamp: 1 }],
    tools: [],
  };
  const stream = streamSimple(model, context as never, { apiKey: "k", fetch: async () => response });
  let updates = 0;
  for await (const event of stream) if (event.type === "toolcall_delta") updates += 1;
  return { answer: { ...(await stream.result()), timestamp: 0 }, updates };
}
