import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ModelProcess {
  readonly baseUrl: string;
  /** When the next request's first byte came, in milliseconds since the epoch. */
  nextRequestAt(): Promise<number>;
  end(): Promise<void>;
}

/** Starts the scripted model, in a process of its own so that its time is not the host's. */
export async function startModelProcess(): Promise<ModelProcess> {
  const server = spawn(process.execPath, [new URL("./model-server.ts", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  return {
    baseUrl: await nextLine(),
    nextRequestAt: async () => Number(await nextLine()),
    end: async () => {
      server.stdin.end();
      await once(server, "exit");
    },
  };
}
