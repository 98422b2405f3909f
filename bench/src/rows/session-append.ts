import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSessionStore, type Session } from "@cloison/sessions";
import { type Action, type Benchmark, timeInTurn, toRow } from "../row.ts";

const runs = 1000;
const rounds = 100;
const writers = 64;
const text = "x".repeat(300);
const entry = { type: "custom", customType: "bench", data: text } as const;
/** As long as the entry's line. */
const line = `${JSON.stringify({ ...entry, id: "0".repeat(16), parentId: "0".repeat(16), timestamp: new Date() })}\n`;

const bare = "write + fdatasync";
/** Of one append that waits for the disk, against the same by two bare system calls. */
const alone = { peer: bare, ratio: 2 };
const inTurn = "one fdatasync each";
/** Of appends by 64 writers: ten times as many in the same time as with a wait for the disk for each. */
const together = { peer: inTurn, ratio: 0.1 };

/**
 * One entry added to a session, stored for good, against what the disk takes at least; and entries that 64
 * writers add at once, to one session and to 64, against files that are synced once for each entry.
 */
export const sessionAppend: Benchmark = async () => {
  const directory = await mkdtemp(join(tmpdir(), "cloison-bench-"));
  const store = createSessionStore({ dir: join(directory, "sessions") });
  const each = <T>(make: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: writers }, (_, index) => make(index)));
  const sessions = await each((index) => store.open(`s${index}`));
  const files = await each((index) => open(join(directory, `f${index}`), "a"));
  try {
    const [session, file] = [sessions[0], files[0]];
    if (session === undefined || file === undefined) throw new RangeError("there is no writer");
    const one = await timeInTurn(runs, { ours: () => session.append(entry), [bare]: () => write(file) });
    const many = await timeInTurn(rounds, {
      session: perAppend(() => Promise.all(sessions.map(() => session.append(entry)))),
      sessions: perAppend(() => Promise.all(sessions.map((own) => own.append(entry)))),
      [inTurn]: perAppend(async () => {
        for (const _ of files) await write(file);
      }),
      "64 files at once": perAppend(() => Promise.all(files.map(write))),
    });
    const { ours = [], [bare]: bareTimes = [] } = one;
    const { session: toOne = [], sessions: toMany = [], ...peers } = many;
    const name = "sessions.append";
    return [
      toRow({ name, unit: "ms", values: ours, peers: { [bare]: bareTimes }, budget: alone }),
      toRow({ name: `${name}-${writers}-writers`, unit: "µs", values: toOne, peers, budget: together }),
      toRow({ name: `${name}-${writers}-sessions`, unit: "µs", values: toMany, peers }),
    ];
  } finally {
    await Promise.all([...sessions, ...files].map((one: Session | FileHandle) => one.close()));
    await store.close();
    await rm(directory, { recursive: true });
  }
};

async function write(file: FileHandle): Promise<void> {
  await file.write(line);
  await file.datasync();
}

/** Microseconds of each of the appends that are made at once. */
function perAppend(action: Action): Action {
  return async () => {
    const start = performance.now();
    await action();
    return ((performance.now() - start) * 1000) / writers;
  };
}
