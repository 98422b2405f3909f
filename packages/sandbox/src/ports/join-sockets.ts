import type { Socket } from "node:net";

/**
 * Passes on what two sockets receive: bytes as fast as the slower one takes them, the end of one direction alone, and
 * resets. Both must have `allowHalfOpen`.
 */
export function joinSockets(one: Socket, other: Socket): void {
  passOn(one, other);
  passOn(other, one);
}

function passOn(from: Socket, to: Socket): void {
  from.setNoDelay(true); // what waits here has waited on its way already
  from.pipe(to);
  from.on("error", () => to.resetAndDestroy());
  // Before both its directions have ended; after that, the other one may still have bytes to deliver.
  from.on("close", () => {
    if (!from.readableEnded || !from.writableFinished) to.resetAndDestroy();
  });
}
