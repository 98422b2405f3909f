import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Mount } from "#sandbox";
import { defaultEnvs, systemDirectories } from "#sandbox/internal";

const place = "/opt/node";
/** What an installation of Node.js brings along, and nothing that was installed by it. */
const ownPackages = ["npm", "corepack"];

/** How a sandbox finds the Node.js that runs this. */
export interface NodeInside {
  readonly mounts: readonly Mount[];
  readonly envs: Readonly<Record<string, string>>;
}

const asItIs: NodeInside = { mounts: [], envs: {} };

/**
 * The host's /usr is seen inside, but Node.js may be installed elsewhere, for example below a home directory by a
 * version manager. Then its program is mounted, and npm where it is a part of the same installation; no configuration
 * and no other package of it, which may hold secrets.
 *
 * @param taken targets of other mounts
 */
export function nodeInside(taken: readonly string[], execPath: string = process.execPath): NodeInside {
  const program = realpathSync(execPath);
  const isSeen = systemDirectories.some((directory) => program.startsWith(`${directory}/`));
  if (
    isSeen ||
    taken.some((target) => `${place}/`.startsWith(`${target}/`) || target.startsWith(`${place}/`))
  )
    return asItIs;
  return {
    mounts: installation(program).map(([source, path]) => ({
      source,
      target: `${place}/${path}`,
      access: "ro",
    })),
    envs: { PATH: `${place}/bin:${defaultEnvs.PATH}` },
  };
}

/** Pairs of a path on the host and one below {@link place}. */
function installation(program: string): readonly (readonly [string, string])[] {
  const directory = dirname(program);
  if (!holdsNodeAlone(directory)) return [[program, "bin/node"]];
  const packages = ownPackages.flatMap((name) => {
    const path = `lib/node_modules/${name}`;
    const source = join(directory, "..", path);
    return statSync(source, { throwIfNoEntry: false })?.isDirectory() ? [[source, path] as const] : [];
  });
  return [[directory, "bin"], ...packages];
}

/** Whether all else in it are links, as npm makes them: else it is a place for anything, such as ~/.local/bin. */
function holdsNodeAlone(directory: string): boolean {
  if (basename(directory) !== "bin") return false;
  const entries = readdirSync(directory, { withFileTypes: true });
  return (
    entries.some(({ name }) => name === "node") &&
    entries.every((entry) => entry.name === "node" || entry.isSymbolicLink())
  );
}
