// A scripted model in a process of its own. Prints its URL, then for each request the time of its first byte in
// milliseconds since the epoch; ends when its standard input does.
import { startModelServer } from "@cloison/testing";

const server = await startModelServer({ script: () => ({ text: "Hello." }) });
console.log(server.baseUrls.openai);
server.onRequest((request) => console.log(performance.timeOrigin + request.firstByteAt));
process.stdin.on("end", () => void server.close());
process.stdin.resume();
