/*
 * A program in the worker's place that misbehaves as its first argument says. What it is told goes to the
 * file that its second argument names. Run by Node itself, so it
 * imports built-in modules only.
 */
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";
import { createInterface } from "node:readline";

const socket = new Socket({ fd: 3, readable: true, writable: true });
const send = (message: object) => socket.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const ready = () => send({ method: "ready", params: {} });
const tool = (params: object) =>
  send({ method: "tool", params: { run: 1, toolCallId: "call-1", ...params } });
const text = (words: string) => [{ type: "text", text: words }];
const start = () => tool({ type: "start" });
const end = (rest: object = {}) => tool({ type: "end", isError: false, content: text("result"), ...rest });
/** Lives on also without its channel. */
const stay = () => setInterval(() => undefined, 1000);
let asked = 0;
const model = (params: object = { run: 1 }) => send({ id: ++asked, method: "model", params });
const done = (id: unknown) => send({ id, result: {} });

/** What to do when the run is given; when the turn with one call of bash, `call-1`, came; and later. */
const behaviours: Record<string, ((id: unknown) => void)[]> = {
  honest: [
    () => model(),
    () => {
      start();
      end();
      model();
    },
    done,
  ],
  "forged result": [
    () => model(),
    () => {
      tool({ type: "start", toolCallId: "call-2" });
      end({ toolCallId: "call-2" });
      model();
    },
  ],
  "result of a prototype's name": [
    () => model(),
    () => {
      tool({ type: "start", toolCallId: "__proto__" });
    },
  ],
  "result without a start": [
    () => model(),
    () => {
      end();
      model();
    },
  ],
  "two results": [
    () => model(),
    () => {
      start();
      end();
      end({ content: text("another") });
      model();
    },
  ],
  "two starts": [
    () => model(),
    () => {
      start();
      start();
    },
  ],
  "update after the end": [
    () => model(),
    () => {
      start();
      end();
      tool({ type: "update", text: "more" });
    },
  ],
  "no result": [() => model(), () => model()],
  "never starts a call": [
    () => {
      model();
      stay();
    },
  ],
  "never ends a call": [
    () => {
      model();
      stay();
    },
    () => start(),
  ],
  "half a result": [
    () => model(),
    () => {
      start();
      model();
    },
  ],
  "ends with an open call": [() => model(), done],
  "ends without a turn": [done],
  "ends during the model call": [
    (id) => {
      model();
      done(id);
    },
  ],
  "asks twice at once": [
    () => {
      model();
      model();
    },
  ],
  "asks after the last turn": [
    () => model(),
    () => {
      start();
      end();
      model();
    },
    () => model(),
  ],
  "asks for another run's turn": [() => model({ run: 2 })],
  "asks with more than a run": [() => model({ run: 1, toolResults: [] })],
  "asks without parameters": [() => send({ id: 1, method: "model" })],
  "notice of another run": [() => tool({ run: 7, type: "start" })],
  "notice of no type": [() => tool({ type: "constructor" })],
  "notice that is a list": [() => send({ method: "tool", params: [] })],
  "notice with more members": [() => model(), () => tool({ type: "start", isError: false })],
  "text that is none": [
    () => model(),
    () => {
      start();
      end({ content: [{ type: "text", text: 5 }] });
    },
  ],
  "content that is an image": [
    () => model(),
    () => {
      start();
      end({ content: [{ type: "image", text: "" }] });
    },
  ],
  "too much text": [
    () => model(),
    () => {
      start();
      end({ content: text("x".repeat(200_000)) });
    },
  ],
  "too many blocks": [
    () => model(),
    () => {
      start();
      end({ content: Array.from({ length: 17 }, () => text("")[0]) });
    },
  ],
  "long update": [
    () => model(),
    () => {
      start();
      tool({ type: "update", text: "x".repeat(5000) });
    },
  ],
  "ready twice": [() => ready()],
  "endless frame": [
    () => {
      const more = () => socket.write("x".repeat(1 << 20), more);
      more();
    },
  ],
  flood: [
    () => {
      const more = () => socket.write('{"jsonrpc":"2.0","method":"tool"}\n'.repeat(10_000), more);
      more();
    },
  ],
  "not JSON": [() => socket.write("{]\n")],
  "answers what was not asked": [() => send({ id: 99, result: {} })],
  "closes its channel": [
    () => {
      socket.destroy();
      stay();
    },
  ],
  "calls what is not there": [
    () => {
      for (const [index, method] of ["constructor", "__proto__", "toString", "run"].entries())
        send({ id: `x${index}`, method });
      model();
    },
    () => {
      start();
      end();
      model();
    },
    done,
  ],
  "fails the run": [(id) => send({ id, error: { code: -32603, message: "\u001b[2Jboo" } })],
};

const steps = behaviours[process.argv[2] ?? ""] ?? [];
let run: unknown;
createInterface(socket).on("line", (line) => {
  const message = JSON.parse(line);
  if (process.argv[3] !== undefined) appendFileSync(process.argv[3], line);
  if (message.method === "run") run = message.id;
  // Errors of unknown methods are no step.
  if (message.method === "run" || (message.result !== undefined && typeof message.id === "number"))
    steps.shift()?.(run);
});
socket.on("error", () => undefined);
ready();
