/** One event of a streamed answer that brings nothing but a piece of one tool call's arguments. */
export interface ArgumentDelta {
  /** What it says of its call: the pieces of events that follow each other and say the same may be put together. */
  readonly call: string;
  readonly text: string;
  /** The event with another piece. */
  with(text: string): object;
}

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What an event of an answer is, by the JSON in it, in the protocols whose clients read arguments piece by piece:
 * Anthropic's messages, OpenAI's chat completions (Mistral's too) and OpenAI's responses.
 *
 * @returns undefined for one that brings anything else
 */
export function argumentDelta(event: unknown): ArgumentDelta | undefined {
  if (!isFields(event)) return undefined;
  if (event.type === "content_block_delta") return ofMessages(event);
  if (event.type === "response.function_call_arguments.delta") return ofResponses(event);
  return ofCompletions(event);
}

function ofMessages(event: Fields): ArgumentDelta | undefined {
  const { index, delta } = event;
  if (typeof index !== "number" || !isFields(delta) || delta.type !== "input_json_delta") return undefined;
  const text = delta.partial_json;
  if (typeof text !== "string") return undefined;
  return { call: `${index}`, text, with: (text) => ({ ...event, delta: { ...delta, partial_json: text } }) };
}

function ofResponses(event: Fields): ArgumentDelta | undefined {
  const { output_index: index, delta: text } = event;
  if (typeof index !== "number" || typeof text !== "string") return undefined;
  return { call: `${index}`, text, with: (delta) => ({ ...event, delta }) };
}

function ofCompletions(event: Fields): ArgumentDelta | undefined {
  // An error is told at once.
  if (!isEmpty(event.error)) return undefined;
  const choice = onlyOne(event.choices);
  if (choice === undefined || !isEmpty(choice.finish_reason) || !isFields(choice.delta)) return undefined;
  const { delta } = choice;
  const call = onlyOne(delta.tool_calls);
  if (typeof call?.index !== "number" || !isFields(call.function)) return undefined;
  const { function: part } = call;
  if (typeof part.arguments !== "string" || !holdsOnly(delta, ["role", "tool_calls"])) return undefined;
  const choicesWith = (text: string) => [
    { ...choice, delta: { ...delta, tool_calls: [{ ...call, function: { ...part, arguments: text } }] } },
  ];
  return {
    // All that stands around it: Azure says of each piece what its filters think. What is counted grows with each.
    call: JSON.stringify([choicesWith(""), isEmpty(event.usage)]),
    text: part.arguments,
    with: (text) => ({ ...event, choices: choicesWith(text) }),
  };
}

/** The element of a list of one. */
function onlyOne(list: unknown): Fields | undefined {
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  const [element]: unknown[] = list;
  return isFields(element) ? element : undefined;
}

function holdsOnly(fields: Fields, names: readonly string[]): boolean {
  return Object.entries(fields).every(([name, value]) => names.includes(name) || isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
