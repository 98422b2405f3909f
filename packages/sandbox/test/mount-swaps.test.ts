import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createAdaptedSandbox } from "../src/create-sandbox.ts";
import { SandboxStartError } from "../src/errors.ts";
import { useHere } from "./support/here.ts";

const here = useHere();
const source = join(here.directory, "source");
const secret = join(here.directory, "secret");
const service = createServer().listen(join(here.directory, "service"));
afterAll(() => service.close());

beforeEach(() => {
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source);
  mkdirSync(secret, { recursive: true });
  writeFileSync(join(source, "mark"), "own");
  writeFileSync(join(secret, "mark"), "secret");
});

/** What the sandbox reads when its source is changed after the check and before the launcher opens it. */
async function readAfter(change: () => void): Promise<string> {
  const mounts = [{ source, target: "/workspace", access: "ro" as const }];
  try {
    const sandbox = await createAdaptedSandbox({ ...here.defaults, mounts }, (operations) => {
      change();
      return operations;
    });
    const { stdout } = await sandbox.commands.run("cat /workspace/mark 2>/dev/null || ls -l /workspace");
    await sandbox.kill();
    return stdout;
  } catch (error) {
    if (error instanceof SandboxStartError) return `${error.step} ${error.errno}`;
    throw error;
  }
}

describe("a mount's source that changes after it was checked", () => {
  test("is what it was where nothing has changed", async () => {
    expect(await readAfter(() => {})).toBe("own");
  });

  test("is not followed as a link, itself or on its way", async () => {
    expect(
      await readAfter(() => {
        rmSync(source, { recursive: true });
        symlinkSync(secret, source);
      }),
    ).toBe("mount source ELOOP");
  });

  test("is no socket of a service", async () => {
    expect(
      await readAfter(() => {
        rmSync(source, { recursive: true });
        renameSync(join(here.directory, "service"), source);
      }),
    ).toBe("mount source EINVAL");
  });
});
