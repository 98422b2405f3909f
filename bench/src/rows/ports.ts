import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createSandbox } from "@cloison/sandbox";
import { type Benchmark, timeInTurn, toRow } from "../row.ts";

const port = 3000;
const carriedMb = 256;
const nodeInside = "/opt/node";
const peer = "plain loopback";

/** Prints its port; closes a connection that ends at once, and fills one that sends a byte. */
const program = `
const chunk = Buffer.alloc(2 ** 20);
require("node:net").createServer({ allowHalfOpen: true }, (socket) => {
  let left = 0;
  const more = () => {
    while (left > 0 && socket.write(chunk)) left--;
    if (left <= 0) socket.end();
    else left--;
  };
  socket.on("error", () => {}).on("drain", more).on("end", () => left > 0 || socket.end());
  socket.once("data", () => { left = ${carriedMb}; more(); });
}).listen(Number(process.argv[1]), "127.0.0.1", function () { console.log(this.address().port); });
`;

async function connectPlain(to: number): Promise<Socket> {
  const socket = connect(to, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function carry(connecting: Promise<Socket>): Promise<void> {
  const socket = await connecting;
  let bytes = 0;
  socket.on("data", (data) => {
    bytes += data.length;
  });
  socket.write("x");
  await once(socket, "close");
  if (bytes < carriedMb * 2 ** 20) throw new RangeError(`only ${bytes} bytes of ${carriedMb} MB came`);
}

function startPlain(): ChildProcess {
  return spawn(process.execPath, ["-e", program, "0"], { stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * A connection to a server in a sandbox, and what one carries, against a server that is a child process. Both servers are
 * the same program of Node.
 */
export const ports: Benchmark = async () => {
  const mounts = [{ source: process.execPath, target: nodeInside, access: "ro" }] as const;
  await using sandbox = await createSandbox({ mounts });
  await sandbox.commands.start([nodeInside, "-e", program, String(port)]);
  await sandbox.ports.wait(port);
  const plain = startPlain();
  try {
    const [printed] = await once(plain.stdout ?? plain, "data");
    const plainPort = Number(printed);
    const forward = await sandbox.ports.forward(port);
    const connecting = await timeInTurn(200, {
      ours: async () => (await sandbox.ports.connect(port)).destroy(),
      [peer]: async () => (await connectPlain(plainPort)).destroy(),
    });
    const carrying = await timeInTurn(7, {
      ours: () => carry(sandbox.ports.connect(port)),
      forward: () => carry(connectPlain(forward.port)),
      [peer]: () => carry(connectPlain(plainPort)),
    });
    const against = (times: Record<string, number[]>) => ({ [peer]: times[peer] ?? [] });
    const carried = { unit: "ms", peers: against(carrying) } as const;
    return [
      toRow({ name: "ports.connect", unit: "ms", values: connecting.ours ?? [], peers: against(connecting) }),
      toRow({ ...carried, name: `ports.connect-${carriedMb}mb`, values: carrying.ours ?? [] }),
      toRow({ ...carried, name: `ports.forward-${carriedMb}mb`, values: carrying.forward ?? [] }),
    ];
  } finally {
    plain.kill();
  }
};
