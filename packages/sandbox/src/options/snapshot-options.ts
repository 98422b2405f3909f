import { resolve } from "node:path";
import { SandboxOptionError } from "../errors.ts";
import type { SnapshotOptions } from "../snapshots/types.ts";
import { createChecks } from "./checks.ts";

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

/** @throws SandboxOptionError */
export function parseFrom(value: unknown): string | undefined {
  return value === undefined ? undefined : checks.text(value, "from");
}

/** @throws SandboxOptionError */
export function parseSnapshotId(id: unknown): string {
  return checks.text(id, "the snapshot's id");
}

/** @throws SandboxOptionError */
export function parseSnapshotStore(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const fields = checks.fields(value, "snapshots");
  checks.known(fields, ["directory"], "key of snapshots");
  if (fields.directory === undefined) return undefined;
  const directory = checks.text(fields.directory, "snapshots.directory");
  if (directory === "") throw new SandboxOptionError("snapshots.directory must not be empty");
  return resolve(directory);
}

/** @throws SandboxOptionError */
export function parseSnapshotName(options: SnapshotOptions = {}): string | undefined {
  const fields = checks.fields(options, "options");
  checks.known(fields, ["name"], "option of snapshot");
  if (fields.name === undefined) return undefined;
  const name = checks.text(fields.name, "name");
  if (name.length === 0 || name.length > 200)
    throw new SandboxOptionError("name must be 1 to 200 characters");
  return name;
}

/** @throws SandboxOptionError */
export function parseForkCount(value: unknown): number {
  return checks.number(value === undefined ? 1 : value, "count", { min: 1, max: 1000 });
}
