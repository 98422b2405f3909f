import type { ModelReply } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import type { SubagentFiles } from "../../src/index.ts";
import { setting } from "../setting.ts";
import { spawn, tell } from "./subagent-setting.ts";

/** An agent that starts several at once, whose models all wait for a sign. */
async function several(count: number, files: SubagentFiles) {
  const held: (() => void)[] = [];
  let arrived = (): void => undefined;
  const tasks = Array.from({ length: count }, (_, index) => ["worker", `task ${index}`] as const);
  const { ws } = await setting(
    async (request): Promise<ModelReply> => {
      const [first] = request.messages;
      if (first?.text !== "go") {
        await new Promise<void>((resolve) => {
          held.push(resolve);
          arrived();
        });
        return { text: `done with ${first?.text}` };
      }
      return request.messages.length === 1 ? spawn(...tasks) : tell(request);
    },
    { subagents: { maxConcurrent: 2, roles: { worker: { description: "Works.", files } } } },
  );
  /** Waits until so many models are asked. @returns how all subagents stand then */
  const asked = async (waiting: number) => {
    while (held.length < waiting) await new Promise<void>((resolve) => (arrived = resolve));
    return ws.subagents
      .listActive()
      .map(({ status }) => status)
      .join(" ");
  };
  return { ws, asked, answerLast: () => held.pop()?.() };
}

describe("subagents of one answer", () => {
  test.each(["fork", "read-only"] as const)(
    "go on at once, only so many, and are answered in the order of the calls, with files %s",
    async (files) => {
      const { ws, asked, answerLast } = await several(4, files);
      const run = ws.run({ message: "go", enableSubagents: true });
      expect(await asked(2)).toBe("running running waiting waiting");
      answerLast();
      // A third one begins when one has ended, and not before.
      expect(await asked(2)).toBe("running running waiting");
      answerLast();
      expect(await asked(2)).toBe("running running");
      answerLast();
      answerLast();
      const { response, subagents } = await run;
      expect(response).toBe("done with task 0 | done with task 1 | done with task 2 | done with task 3");
      expect(subagents.map(({ task, status }) => `${task} ${status}`)).toEqual([
        "task 0 completed",
        "task 1 completed",
        "task 2 completed",
        "task 3 completed",
      ]);
    },
  );

  test("that wait for their turn never begin when the run is aborted", async () => {
    const { ws, asked } = await several(4, "none");
    const abort = new AbortController();
    const run = ws.run({ message: "go", enableSubagents: true, signal: abort.signal });
    run.catch(() => undefined);
    expect(await asked(2)).toBe("running running waiting waiting");
    abort.abort();
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    expect(ws.subagents.countActive()).toBe(0);
    const all = ws.subagents.listAll().map(({ status, startedAt }) => `${status} ${startedAt !== undefined}`);
    expect(all).toEqual(["aborted true", "aborted true", "aborted false", "aborted false"]);
    // Those that never began have spent nothing, and say so.
    expect(ws.subagents.listAll().map(({ usage }) => usage.totalTokens)).toEqual([0, 0, 0, 0]);
  });
});
