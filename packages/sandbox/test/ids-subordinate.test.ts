import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pairRanges, parseSubordinate } from "../src/policy/subordinate-ids.ts";
import { useHost, userId } from "./support/as-user.ts";
import { asSubordinateUser, extraGroup, subordinate, subordinateLane } from "./support/subordinate-user.ts";

/** What systemd makes for a user who is logged in. */
const runtime = `/run/user/${userId}`;

describe.skipIf(subordinateLane.skipped !== undefined)(`subordinate ids, ${subordinateLane.title}`, () => {
  const etc = mkdtempSync(join(tmpdir(), "cloison-etc-"));
  chmodSync(etc, 0o755);
  const at = useHost(subordinateLane, { wrapper: asSubordinateUser(etc) });
  beforeAll(() => {
    chownSync(at.host.directory, userId, userId);
    chmodSync(at.host.directory, 0o755);
  });
  afterAll(() => {
    rmSync(etc, { recursive: true });
    rmSync(`/tmp/cloison-${userId}`, { recursive: true, force: true });
  });

  test("are the sandbox's, one for each that lives, in user and group", async () => {
    const seen = await at.evaluate(async ({ create, fs, library }) => {
      const ids = (pid: number) => {
        const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
        return ["Uid", "Gid"].map((name) => Number(status.match(`${name}:\\s+(\\d+)`)?.[1]));
      };
      const options = { ids: "subordinate" } as const;
      const sandboxes = [await create(options), await create(options), await create(options)] as const;
      const pairs = sandboxes.map(({ pid }) => ids(pid));
      const none = await create(options).then(
        () => [],
        (error) =>
          error instanceof library.SandboxStartError ? [error.step, error.message] : [String(error)],
      );
      const inside = await sandboxes[0].commands.run("id; cat /proc/self/uid_map /proc/self/gid_map");
      await sandboxes[1].kill();
      const again = await create(options);
      const freed = ids(again.pid);
      for (const sandbox of [...sandboxes, again]) await sandbox.kill();
      return { pairs, none, inside: inside.stdout, freed, self: process.getuid?.() };
    });
    const pairs = subordinate.uids.map((uid, n) => [uid, subordinate.gids[n]]);
    expect([...seen.pairs].sort()).toEqual(pairs);
    expect(seen.freed).toEqual(seen.pairs[1]);
    expect(seen.none[0]).toBe("ids used up");
    expect(seen.none[1]).toMatch(/end some, or make the range larger/);
    expect(seen.inside.split("\n")[0]).toBe("uid=1000(agent) gid=1000(agent) groups=1000(agent)");
    expect(seen.self).toBe(userId);
  });

  test("come without the user's groups, in PID 1, in every command and for the files", async () => {
    chownSync(at.host.directory, userId, userId);
    writeFileSync(join(at.host.directory, "of-group"), "secret", { mode: 0o640 });
    chownSync(join(at.host.directory, "of-group"), 0, extraGroup);
    const seen = await at.evaluate(async ({ withSandbox, fs }, directory) => {
      const results: unknown[] = [];
      for (const ids of ["auto", "subordinate"] as const) {
        const mounts = [{ source: directory, target: "/workspace", access: "ro" }] as const;
        await withSandbox({ ids, mounts }, async (sandbox) => {
          const run = await sandbox.commands.run("cat of-group; grep Groups: /proc/self/status");
          const groups = fs.readFileSync(`/proc/${sandbox.pid}/status`, "utf8").match(/Groups:.*/)?.[0];
          const read = await sandbox.files.read("of-group").catch(({ code }) => code);
          results.push([run.stdout.replace(/\s+/g, " ").trim(), groups?.replace(/\s+/g, " ").trim(), read]);
        });
      }
      return results;
    }, at.host.directory);
    const [auto, apart] = seen;
    expect(auto).toEqual([expect.stringMatching(/^secret ?Groups: /), `Groups: ${extraGroup}`, "secret"]);
    expect(apart).toEqual(["Groups:", "Groups:", "FILE_PERMISSION"]);
  });

  test("reach mounts as everybody, and a mount that would be of no use is an error", async () => {
    const seen = await at.evaluate(async ({ withSandbox, create, fs, library, output }, directory) => {
      const outcome = async (mode: number, access: "ro" | "rw") => {
        const source = fs.mkdtempSync(`${directory}/mode-`);
        fs.writeFileSync(`${source}/own`, "x", { mode: 0o600 });
        fs.chmodSync(source, mode);
        const mounts = [{ source, target: "/workspace", access }] as const;
        return create({ ids: "subordinate", mounts }).then(
          async (sandbox) => {
            const run = await sandbox.commands.run("touch made; cat own; ls");
            await sandbox.kill();
            return run.stdout;
          },
          (error) => (error instanceof library.SandboxStartError ? error.step : String(error)),
        );
      };
      const kept = fs.mkdtempSync(`${directory}/kept-`);
      fs.chmodSync(kept, 0o777);
      const mounts = [{ source: kept, target: "/workspace", access: "rw" }] as const;
      await withSandbox({ ids: "subordinate", mounts }, (sandbox) => output(sandbox, "echo x > made"));
      return {
        closed: [await outcome(0o700, "ro"), await outcome(0o755, "rw")],
        open: [await outcome(0o755, "ro"), await outcome(0o777, "rw")],
        owner: fs.statSync(`${kept}/made`).uid,
      };
    }, at.host.directory);
    expect(seen.closed).toEqual(["mount access", "mount access"]);
    expect(seen.open).toEqual(["own\n", "made\nown\n"]);
    expect(subordinate.uids).toContain(seen.owner);
  });

  test("serve a root of layers, limits of time, and the end of the host as well", async () => {
    const seen = await at.evaluate(({ withSandbox, output }) =>
      withSandbox({ ids: "subordinate", writableSystem: true }, async (sandbox) => ({
        written: await output(sandbox, "echo x > /usr/made; cat /usr/made"),
        late: (await sandbox.commands.run("sleep 100 & wait", { timeoutMs: 100 })).timedOut,
        killed: await sandbox.commands.start("sleep 100").then(async (handle) => {
          await handle.kill();
          return (await handle.wait()).signal;
        }),
      })),
    );
    expect(seen).toEqual({ written: "x", late: true, killed: "SIGKILL" });
  });

  test("leave nothing running when the launcher is killed, and are free again", async () => {
    const seen = await at.evaluate(async ({ create, until, fs }) => {
      const sandbox = await create({ ids: "subordinate" });
      const handle = await sandbox.commands.start("sleep 100");
      const launcher = Number(
        fs.readFileSync(`/proc/${sandbox.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1],
      );
      process.kill(launcher, "SIGKILL");
      const end = await sandbox.closed;
      const gone = await until(() =>
        [sandbox.pid, handle.pid].every((pid) => !fs.existsSync(`/proc/${pid}`)),
      );
      const options = { ids: "subordinate" } as const;
      const next = [await create(options), await create(options), await create(options)];
      for (const each of next) await each.kill();
      return { reason: end.reason, gone, next: next.length };
    });
    expect(seen).toEqual({ reason: "crashed", gone: true, next: 3 });
  });

  test.skipIf(existsSync(runtime))(
    `are nobody else's when the user logs in meanwhile${existsSync(runtime) ? " (skipped: the user is logged in)" : ""}`,
    async () => {
      const living = await at.evaluate(async ({ create }) => {
        const options = { ids: "subordinate" } as const;
        return [await create(options), await create(options), await create(options)].map(({ pid }) => pid);
      });
      mkdirSync(dirname(runtime), { recursive: true });
      mkdirSync(runtime, { mode: 0o700 });
      chownSync(runtime, userId, userId);
      try {
        const more = () =>
          at.evaluate(async ({ create }) =>
            create({ ids: "subordinate" }).then(
              (sandbox) => sandbox.kill().then(() => "made"),
              (error) => error.step,
            ),
          );
        expect(await more()).toBe("ids used up");
        for (const pid of living) process.kill(pid, "SIGKILL");
        const gone = await at.evaluate(
          ({ until, fs }, pids) => until(() => !pids.some((pid) => fs.existsSync(`/proc/${pid}`))),
          living,
        );
        expect([gone, await more()]).toEqual([true, "made"]); // the control
        rmSync(`/tmp/cloison-${userId}`, { recursive: true, force: true });
        mkdirSync(`/tmp/cloison-${userId}`); // root's: of no use to this user's hosts, and no hindrance
        expect(await more()).toBe("made");
      } finally {
        rmSync(runtime, { recursive: true });
      }
      expect(await at.evaluate(({ create, codeOf }) => codeOf(create({ ids: "subordinate" })))).toBe(
        "SANDBOX_START",
      );
    },
  );
});

describe("the files of subordinate ids", () => {
  const user = { name: "lane", uid: 7 };

  test("are read for the user's name or number, without lines that make no sense", () => {
    const text = "lane:100:5\nother:200:5\n7:300:1\nlane:x:5\nlane:1:2:3\nlane:400:0\n\nlane:500";
    expect(parseSubordinate(text, user)).toEqual([
      { first: 100, count: 5 },
      { first: 300, count: 1 },
    ]);
  });

  test("give pairs, as many as the shorter one has", () => {
    const uids = [
      { first: 100, count: 3 },
      { first: 200, count: 2 },
    ];
    const gids = [
      { first: 10, count: 1 },
      { first: 20, count: 3 },
    ];
    expect(pairRanges(uids, gids)).toEqual([
      { uid: 100, gid: 10, count: 1 },
      { uid: 101, gid: 20, count: 2 },
      { uid: 200, gid: 22, count: 1 },
    ]);
    expect(pairRanges(uids, [])).toEqual([]);
  });
});
