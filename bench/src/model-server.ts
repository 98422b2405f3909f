// A scripted model in a process of its own. Prints its URL, then for each request the time of its first byte in
// milliseconds since the epoch; ends when its standard input does.
import { startModelServer } from "@cloison/testing";

/** Of 20,000 characters, which go out in pieces of eight. */
const longCall = { name: "note", arguments: { text: "const a = 1;\n".repeat(1538) } };

const server = await startModelServer({
  script: ({ messages }) =>
    messages.at(-1)?.text === "Note it." ? { toolCalls: [longCall] } : { text: "Hello." },
});
console.log(server.baseUrls.openai);
server.onRequest((request) => console.log(performance.timeOrigin + request.firstByteAt));
process.stdin.on("end", () => void server.close());
process.stdin.resume();
