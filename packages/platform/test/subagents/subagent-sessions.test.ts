import { join } from "node:path";
import { createSessionStore } from "@cloison/sessions";
import { expect, test } from "vitest";
import { subagentRunId } from "../../src/subagents/subagent-place.ts";
import { setting } from "../setting.ts";

test("a subagent's run is none of those that are to be resumed; it would have the workspace's own files", async () => {
  const { ws } = await setting([]);
  const store = createSessionStore({ dir: join(ws.filesDir, "..", "sessions") });
  for (const [id, runId] of [
    ["of-subagent", subagentRunId({ id: "a" })],
    ["of-application", "b"],
  ] as const) {
    await using session = await store.open(id);
    await session.beginRun(runId);
  }
  await store.close();
  expect((await ws.interrupted()).map(({ sessionId }) => sessionId)).toEqual(["of-application"]);
});
