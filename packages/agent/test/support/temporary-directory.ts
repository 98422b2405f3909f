import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory that is removed when its scope ends. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
  /** Writes a file below it and returns its path. */
  file(name: string, content: string | Uint8Array): string;
  /** A path below it. */
  at(name: string): string;
}

export function createTemporaryDirectory(): TemporaryDirectory {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "agent-test-")));
  const at = (name: string) => join(path, name);
  return {
    path,
    at,
    file(name, content) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
