import { type ModelScript, type ModelServer, startModelServer } from "@cloison/testing";
import { expect, onTestFinished } from "vitest";

/** A scripted model server for one test. At its end the script must have made no mistake. */
export async function modelServer(script: ModelScript): Promise<ModelServer> {
  const server = await startModelServer({ script });
  onTestFinished(async () => {
    await server.close();
    expect(server.errors).toEqual([]);
  });
  return server;
}
