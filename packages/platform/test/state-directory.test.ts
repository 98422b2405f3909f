import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { StateDirectoryError } from "../src/errors/state-errors.ts";
import { prepareStateDirectory } from "../src/state/state-directory.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("the state directory", () => {
  test("is made with all its parents, closed to other users", () => {
    const path = join(temporaryDirectory(), "a", "state");
    expect(prepareStateDirectory(path)).toBe(path);
    expect(modeOf(path)).toBe(0o700);
    expect(modeOf(join(path, "workspaces"))).toBe(0o700);
  });

  test("is closed when it stood open and holds nothing or only what is ours", () => {
    const path = temporaryDirectory();
    mkdirSync(join(path, "workspaces"));
    mkdirSync(join(path, "skills"));
    chmodSync(path, 0o777);
    prepareStateDirectory(path);
    expect(modeOf(path)).toBe(0o700);
    expect(modeOf(join(path, "workspaces"))).toBe(0o700);
  });

  test("keeps its mode when other things lie in it, while workspaces are closed all the same", () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, "notes.txt"), "");
    chmodSync(path, 0o755);
    prepareStateDirectory(path);
    expect(modeOf(path)).toBe(0o755);
    expect(modeOf(join(path, "workspaces"))).toBe(0o700);
  });

  test("is refused, and not changed, when others may write where other things lie", () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, "notes.txt"), "");
    chmodSync(path, 0o1777);
    expect(() => prepareStateDirectory(path)).toThrow(StateDirectoryError);
    expect(modeOf(path)).toBe(0o777);
  });

  test("is refused when a file is in its way, or a symlink in the way of workspaces", () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, "file"), "");
    expect(() => prepareStateDirectory(join(path, "file"))).toThrow(/a file is in the way/);
    mkdirSync(join(path, "state"));
    symlinkSync("/tmp", join(path, "state", "workspaces"));
    expect(() => prepareStateDirectory(join(path, "state"))).toThrow(/symbolic link/);
  });
});
