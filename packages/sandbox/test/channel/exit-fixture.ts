// Run by a test: prints and must then exit by itself, though requests had an hour to be answered.
import { duplexPair } from "node:stream";
import { ChannelError, createChannel } from "../../src/channel/index.ts";
import { openSockets, rejection } from "./raw-peer.ts";

const HOUR_MS = 3_600_000;

const [near, far] = await openSockets();
const channel = createChannel(near, { requestTimeoutMs: HOUR_MS });
createChannel(far, { handlers: { wait: () => new Promise(() => {}) } });
const asked = rejection(channel.request("wait"));
channel.close();
const error = await asked;
console.log(`closed: ${error instanceof ChannelError ? error.code : error}`);

// A pair in memory holds no process: neither may a request that is pending on it.
const [memory] = duplexPair();
createChannel(memory, { requestTimeoutMs: HOUR_MS })
  .request("wait")
  .catch(() => {});
process.on("beforeExit", () => console.log("beforeExit"));
