/**
 * A server for the inside of a sandbox, as a program for `node -e`, with its mode, its port and its address as arguments.
 * It prints `ready` when it listens.
 */
export const portServer = `
const net = require("node:net");
const [mode, port, host] = process.argv.slice(1);
const modes = {
  echo: (socket) => socket.pipe(socket),
  http: undefined,
  // ends its own direction first, then tells how much it was sent
  first: (socket) => {
    let bytes = 0;
    socket.end("done");
    socket.on("data", (data) => (bytes += data.length)).on("end", () => console.log("got " + bytes));
  },
  flood: (socket) => {
    const more = () => { while (socket.write(Buffer.alloc(65536))); };
    socket.on("drain", more);
    more();
  },
  silent: () => {},
  reset: (socket) => socket.resetAndDestroy(),
};
const server = mode === "http"
  ? require("node:http").createServer((request, response) => response.end("you asked for " + request.url))
  : net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      modes[mode](socket);
    });
server.listen({ port: Number(port), host, backlog: mode === "silent" ? 1 : 511 }, () => console.log("ready"));
`;
