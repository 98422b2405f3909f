import { describe, expect, test } from "vitest";
import { streamEvents } from "../src/events/event-stream.ts";
import { createEvents, type SandboxEvent } from "../src/events/events.ts";
import { lanes, useHost } from "./support/as-user.ts";

const types = async (events: AsyncIterable<SandboxEvent>) => {
  const seen: string[] = [];
  for await (const { type } of events) seen.push(type);
  return seen;
};
const started = (commandId: string) =>
  ({ type: "command.started", commandId, pid: 1, argv: ["true"] }) as const;
const ended = (commandId: string) =>
  ({
    type: "command.ended",
    commandId,
    exitCode: 0,
    signal: null,
    timedOut: false,
    oomKilled: false,
    durationMs: 1,
  }) as const;
const sandboxEnded = { type: "sandbox.ended", reason: "killed", detail: "" } as const;

describe("events", () => {
  test("wait for a slow reader up to a number, and what is lost before is counted", async () => {
    const events = createEvents("s");
    const stream = streamEvents(events);
    for (let i = 0; i < 1_500; i++) events.emit(started(`c${i}`));
    const first = await stream.next();
    expect(first.value).toMatchObject({ type: "events.dropped", count: 500, sandboxId: "s" });
    expect((await stream.next()).value).toMatchObject({ type: "command.started", commandId: "c500" });
    for (let i = 0; i < 1_500; i++) events.emit(ended(`c${i}`));
    events.emit(sandboxEnded);
    const rest: SandboxEvent[] = [];
    for await (const event of stream) rest.push(event);
    expect(rest.length).toBe(1_001);
    expect(rest[0]).toMatchObject({ type: "events.dropped", count: 1_500 });
    expect(rest.at(-1)).toMatchObject({ type: "sandbox.ended" });
  });

  test("end with the sandbox's end, which is told when all else is", async () => {
    const events = createEvents("s");
    const seen = types(streamEvents(events));
    const { promise, resolve } = Promise.withResolvers<void>();
    events.await(promise);
    events.await(Promise.reject(new TypeError("of a command")));
    events.emit(started("a"));
    events.emit(sandboxEnded);
    await Promise.resolve();
    expect(events.ended).toBe(false);
    events.emit(ended("a"));
    resolve();
    expect(await seen).toEqual(["command.started", "command.ended", "sandbox.ended"]);
    events.emit(started("late"));
    expect(await types(streamEvents(events))).toEqual([]);
  });

  test("are heard no more by a reader that has gone, or whose signal has aborted", async () => {
    const events = createEvents("s");
    const abort = new AbortController();
    const seen = types(streamEvents(events, { signal: abort.signal }));
    const aborted = types(streamEvents(events, { signal: AbortSignal.abort() }));
    abort.abort();
    events.emit(started("a"));
    expect([await seen, await aborted]).toEqual([[], []]);
    const leaving = streamEvents(events);
    events.emit(started("b"));
    for await (const event of leaving) {
      expect(event).toMatchObject({ commandId: "b" });
      break;
    }
    events.emit(started("c"));
    expect(await leaving.next()).toEqual({ done: true, value: undefined });
  });

  test("go on for the others when a listener throws", () => {
    const events = createEvents("s");
    const heard: string[] = [];
    events.listen(() => {
      heard.push("bad");
      throw new TypeError("of the listener");
    });
    events.listen(({ type }) => heard.push(type));
    events.emit(started("a"));
    events.emit(ended("a"));
    expect(heard).toEqual(["bad", "command.started", "command.ended"]);
  });
});

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the events of a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are heard from its start to its end", async () => {
      const seen = await at.evaluate(async ({ create }) => {
        const heard: SandboxEvent[] = [];
        const read: SandboxEvent[] = [];
        const sandbox = await create({ onEvent: (event) => heard.push(event) });
        const reading = (async () => {
          for await (const event of sandbox.events()) read.push(event);
        })();
        await sandbox.commands.run("true");
        await sandbox.kill();
        await reading;
        return { heard, read, id: sandbox.id, pid: sandbox.pid };
      });
      const { id, pid, heard, read } = seen;
      expect(heard[0]).toEqual({ type: "sandbox.started", pid, sandboxId: id, time: expect.any(Number) });
      expect(heard.at(-1)).toMatchObject({ type: "sandbox.ended", reason: "killed", sandboxId: id });
      expect(read).toEqual(heard.slice(1));
    });

    test("tell of commands, of what was denied to them and of limits, before the sandbox's end", async () => {
      const seen = await at.evaluate(async ({ create, until, waitForText }) => {
        const heard: SandboxEvent[] = [];
        const sandbox = await create({ onEvent: (event) => heard.push(event) });
        await sandbox.commands.run(["/opt/probe", "no-such-word"]);
        await sandbox.commands.run("unshare -U true; touch /usr/x");
        await sandbox.commands.run("sleep 60", { timeoutMs: 100 });
        const last = await sandbox.commands.start("echo ready; sleep 60");
        await waitForText(last, "ready");
        await sandbox.kill();
        await last.wait();
        await until(() => heard.at(-1)?.type === "sandbox.ended");
        return heard;
      });
      const ids = seen.flatMap((event) => (event.type === "command.started" ? [event.commandId] : []));
      expect(new Set(ids).size).toBe(4);
      for (const id of ids) {
        const own = seen
          .filter((event) => "commandId" in event && event.commandId === id)
          .map(({ type }) => type);
        expect([own[0], own.filter((type) => type === "command.ended").length]).toEqual([
          "command.started",
          1,
        ]);
      }
      const layers = seen.flatMap((event) => (event.type === "command.denied" ? [event.denial.layer] : []));
      expect(layers).toEqual(expect.arrayContaining(["seccomp", "filesystem", "time"]));
      expect(seen.at(-1)).toMatchObject({ type: "sandbox.ended" });
    });

    test.skipIf(lane.enforce === "best-effort")(
      `tell which limits were reached${lane.enforce === "best-effort" ? " (skipped: no cgroup counts)" : ""}`,
      async () => {
        const seen = await at.evaluate(async ({ create, until }) => {
          const heard: SandboxEvent[] = [];
          const limits = { memoryMb: 64, pids: 12 };
          const sandbox = await create({ limits, onEvent: (event) => heard.push(event) });
          await sandbox.commands.run("true");
          const before = heard.filter(({ type }) => type === "command.denied").length;
          await sandbox.commands.run(["/opt/probe", "eat", "1000"]);
          await sandbox.commands.run(["/opt/probe", "forks", "50"]);
          await sandbox.commands.run("sleep 60", { timeoutMs: 100 });
          await sandbox.commands.run("head -c 100000000 /dev/zero > /tmp/file");
          sandbox.setTimeout(1);
          await until(() => heard.at(-1)?.type === "sandbox.ended");
          return { before, heard };
        });
        const layers = seen.heard.flatMap((event) =>
          event.type === "command.denied" ? [event.denial.layer] : [],
        );
        expect(seen.before).toBe(0);
        expect(new Set(layers)).toEqual(new Set(["memory", "pids", "time", "disk"]));
        expect(seen.heard.slice(-2)).toMatchObject([
          { type: "sandbox.timeout", action: "kill" },
          { type: "sandbox.ended", reason: "timeoutMs" },
        ]);
      },
    );

    test("have options that are checked", async () => {
      const codes = await at.evaluate(({ withSandbox, codeOf, create }) =>
        withSandbox({}, async (sandbox) => {
          const wrong = [{ signal: 1 }, { sginal: undefined }, 7];
          const of = (options: unknown) =>
            codeOf(Promise.resolve().then(() => Reflect.apply(sandbox.events, sandbox, [options]) && "none"));
          const onEvent: unknown = "no function";
          return [
            ...(await Promise.all(wrong.map(of))),
            await codeOf(Reflect.apply(create, undefined, [{ onEvent }])),
          ];
        }),
      );
      expect(codes).toEqual(Array(4).fill("SANDBOX_OPTION"));
    });
  });
