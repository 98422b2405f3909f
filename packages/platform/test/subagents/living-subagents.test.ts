import { expect, test } from "vitest";
import type { RunEvent } from "../../src/index.ts";
import { anySandbox, bash } from "../setting.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const roles = { reader: { description: "Reads files." } };

test("a subagent that goes on can be spoken to, by its session", async () => {
  const { ws, server } = await agents(
    { go: [spawn(["reader", "count"]), tell], count: [bash("true"), { text: "yes" }] },
    { roles },
  );
  const said: Promise<unknown>[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.type !== "subagent_event" || event.event.type !== "tool_start") return;
    const [subagent] = ws.subagents.listActive();
    said.push(ws.steer(subagent?.sessionId ?? "", "be quick"));
  };
  const { response } = await ws.run({ message: "go", enableSubagents: true, onEvent });
  expect(response).toBe("yes");
  await Promise.all(said);
  expect(said).toHaveLength(1);
  const asked = server.requests.filter(({ messages }) => messages[0]?.text === "count").at(-1);
  expect(asked?.messages.at(-1)?.text).toBe("be quick");
});

test("a subagent ends with its parent's sandbox, whose time is over", async () => {
  const { ws, server } = await agents(
    { go: [spawn(["reader", "hang"]), tell], hang: [{ fault: { hang: true } }] },
    { roles },
    { sandbox: { ...anySandbox, limits: { ...anySandbox.limits, wallMs: 5000 } } },
  );
  const run = ws.run({ message: "go", enableSubagents: true });
  await expect(run).rejects.toMatchObject({ code: "SANDBOX_ENDED", reason: "wallMs" });
  expect(ws.subagents.countActive()).toBe(0);
  expect(ws.subagents.listAll()).toMatchObject([{ status: "aborted" }]);
  await expect(server.requests.at(-1)?.ended).resolves.toBe("aborted");
});
