import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

/** Fills 320 MB of a directory's disk in steps that each have the sandbox counted in haste, empties it, and again. */
const fill = `
  trap 'rm -f "$0"/*; exit' TERM
  for round in $(seq 100); do
    for i in 1 2 3 4 5 6 7 8; do fallocate -l 40M "$0/$i"; sleep 0.02; done
    rm "$0"/*
    sleep 0.02
  done`;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a disk that others fill too, ${lane.title}`, () => {
    const at = useHost(lane);

    /** Runs commands side by side, round after round, in a sandbox with a limit, while others fill the disk. */
    async function runBeside(rounds: number, commands: readonly (string | readonly string[])[]) {
      const others = mkdtempSync(`${at.host.directory}/others-`);
      const filler = spawn("sh", ["-c", fill, others], { stdio: "ignore" });
      const ended = once(filler, "exit");
      const seen = await at
        .evaluate(
          async ({ withSandbox, fs, codeOf }, parent, rounds, commands) => {
            const source = fs.mkdtempSync(`${parent}/mine-`);
            const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
            return withSandbox({ mounts, limits: { diskMb: 16 } }, async (sandbox) => {
              const run = (command: string | readonly string[]) =>
                codeOf(sandbox.commands.run(command).then(({ exitCode }) => exitCode));
              for (let round = 0; round < rounds; round++) {
                const codes = await Promise.all(commands.map(run));
                if (codes.some((code) => code !== 0)) return `round ${round}: ${codes}`;
              }
              return "lives";
            });
          },
          at.host.directory,
          rounds,
          commands,
        )
        .finally(() => filler.kill());
      await ended;
      return seen;
    }

    test("ends no sandbox in which commands begin and end meanwhile", async () => {
      expect(await runBeside(200, ["true; true", "exec true"])).toBe("lives");
    });

    test("ends no sandbox in which a process with much memory takes its time to end", async () => {
      expect(await runBeside(10, [["/opt/probe", "eat", "400"]])).toBe("lives");
    });
  });
