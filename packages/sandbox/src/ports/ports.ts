import type { LivingSandbox } from "../living-sandbox.ts";
import { createDialer } from "./dialer.ts";
import { createForwards } from "./forward-port.ts";
import { createInTime } from "./in-time.ts";
import { type PortCall, parseForward, parsePortCall } from "./port-options.ts";
import type { Ports } from "./types.ts";
import { waitForPort } from "./wait-for-port.ts";

const defaultConnectMs = 10_000;
const defaultWaitMs = 30_000;

const late = {
  connect: {
    what: "its server did not accept the connection",
    fix: "it may be busy: look at its output, or raise timeoutMs",
  },
  wait: {
    what: "nothing accepted connections",
    fix: "look at the server's output, or raise timeoutMs",
  },
};

export function createPorts(living: LivingSandbox): Ports {
  const dialer = createDialer(living);
  const inTime = createInTime(living);
  const connect = (call: PortCall) =>
    inTime({ ...call, late: late.connect }, (gaveUp) => dialer.dial(call.port, gaveUp));
  const forwards = createForwards(living, (port, signal) =>
    connect({ port, signal, timeoutMs: defaultConnectMs }),
  );
  return {
    async connect(port, options = {}) {
      return connect(parsePortCall(port, options, defaultConnectMs));
    },
    async wait(port, options = {}) {
      const call = parsePortCall(port, options, defaultWaitMs);
      await inTime({ ...call, late: late.wait }, (gaveUp) =>
        waitForPort(dialer, { port: call.port, clock: living.clock, gaveUp }),
      );
    },
    async forward(port, options = {}) {
      return forwards.open(parseForward(port, options));
    },
  };
}
