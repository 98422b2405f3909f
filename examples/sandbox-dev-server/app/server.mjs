// A small app as anybody may write it: it knows nothing of the sandbox that it runs in.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const port = Number(process.argv[2]);
const files = { "/": ["index.html", "text/html"], "/page.js": ["page.js", "text/javascript"] };

const server = createServer(async (request, response) => {
  if (request.url === "/numbers") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.from({ length: 100 }, (_, index) => index + 1)));
  } else if (Object.hasOwn(files, request.url)) {
    const [name, type] = files[request.url];
    response.setHeader("content-type", type);
    response.end(await readFile(name));
  } else {
    response.statusCode = 404;
    response.end("there is no such page");
  }
});
server.listen(port, "localhost", () => console.log(`listening on ${port}`));
