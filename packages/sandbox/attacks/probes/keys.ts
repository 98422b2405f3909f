import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { trialOf } from "../acts.ts";
import { AttackCorpusError } from "../errors.ts";
import { newMark } from "../host-processes.ts";
import { nativeProbes } from "../native-probe.ts";
import type { PlantedKeyAnswer, PlantedKeyQuestion } from "../planted-key-main.ts";
import type { Probe, ProbeContext, Trial } from "../probe.ts";

/** Runs a program in a session that holds a key of this name; resolves to its exit status and what it prints. */
function withKey(context: ProbeContext, name: string, command: readonly string[]) {
  return new Promise<{ status: number; output: string }>((resolve, reject) => {
    execFile(
      context.program,
      ["with-key", name, ...command],
      { env: {}, cwd: "/" },
      (error, stdout, stderr) => {
        if (error === null) resolve({ status: 0, output: stdout });
        else if (typeof error.code === "number") resolve({ status: error.code, output: stdout || stderr });
        else reject(new AttackCorpusError(`no key could be planted: ${error.message}`, { cause: error }));
      },
    );
  });
}

/** The key is read in a sandbox whose host has it. */
async function readInside(context: ProbeContext, off: PlantedKeyQuestion["off"]): Promise<Trial> {
  const key = newMark();
  const question: PlantedKeyQuestion = { key, program: context.program, enforce: context.enforce, off };
  const main = fileURLToPath(new URL("../planted-key-main.js", import.meta.url));
  const { output } = await withKey(context, key, [process.execPath, main, JSON.stringify(question)]);
  const answer = JSON.parse(output) as PlantedKeyAnswer;
  return trialOf(answer.status, answer.output, "read-key");
}

async function readOutside(context: ProbeContext): Promise<Trial> {
  const key = newMark();
  const { status, output } = await withKey(context, key, [context.program, "read-key", key]);
  return trialOf(status, output, "read-key");
}

const planted = {
  area: "kernel surface",
  source: "keyrings(7), session-keyring(7): no namespace divides them",
  control: readOutside,
} as const;

/** Keys that the kernel keeps. */
export const keyProbes: readonly Probe[] = [
  {
    ...planted,
    id: "session-key",
    title: "a key of the host's session",
    method: "request_key() and KEYCTL_READ of a key that the host had before it made the sandbox",
    attack: (context) => readInside(context, []),
  },
  {
    ...planted,
    id: "session-key-without-filter",
    title: "a key of the host's session, without the filter",
    method: "the same in a sandbox whose filter allows it: its session is another",
    attack: (context) => readInside(context, ["seccomp"]),
  },
  ...nativeProbes("kernel surface", [
    {
      id: "add-key",
      title: "a key of its own",
      method: "add_key()",
      source: "CVE-2016-0728, CVE-2017-7472",
      act: ["add-key"],
      controls: ["unfiltered"],
    },
    {
      id: "request-key",
      title: "anybody's key",
      method: "request_key()",
      source: "request_key(2)",
      act: ["request-key", "cloison-attack-none"],
      controls: ["unfiltered"],
    },
    {
      id: "keyctl",
      title: "the user's keyring",
      method: "keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING)",
      source: "user-keyring(7)",
      act: ["find-keyring"],
      controls: ["unfiltered"],
    },
  ]),
];
