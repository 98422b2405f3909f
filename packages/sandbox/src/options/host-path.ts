import { lstatSync, realpathSync, type Stats } from "node:fs";
import { homedir, userInfo } from "node:os";
import { errorCode } from "../cgroup/index.ts";
import { SandboxOptionError } from "../errors.ts";
import { createChecks } from "./checks.ts";

/** A path of the host that the caller named, with every link resolved. */
export interface HostPath {
  readonly path: string;
  readonly stats: Stats;
}

/** Kernel interfaces and the sockets of the host's services: refused with all that is in them. */
const refusedTrees = ["/proc", "/sys", "/dev", "/run"];
/** Directories that hold far more than one project: refused themselves, not what is in them. */
const refusedDirectories = ["/", "/boot", "/etc", "/home", "/root", "/var"];
/** Names under which programs keep credentials, wherever they lie. */
const credentialNames = [".ssh", ".gnupg", ".aws", ".azure", ".docker", ".kube", ".netrc", ".config/gcloud"];

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

export function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** As $HOME says and as passwd says; a user may have neither. */
function homes(): string[] {
  return [homedir, () => userInfo().homedir].flatMap((home) => {
    try {
      return [realpathSync(home())];
    } catch {
      return [];
    }
  });
}

function refusal(path: string): string | undefined {
  const tree = refusedTrees.find((each) => isBelow(path, each));
  if (tree !== undefined) return `${tree} gives the sandbox a way to the host; name a directory of your own`;
  if (refusedDirectories.includes(path))
    return `${path} holds far more than one project; name the project's directory`;
  if (homes().includes(path))
    return `it is a home directory, with credentials in it; name the project's directory`;
  const name = credentialNames.find((each) => `${path}/`.includes(`/${each}/`));
  return name === undefined
    ? undefined
    : `${name} holds credentials; name the project's directory without it`;
}

/** The error for a path that could not be resolved. */
export function unreached(where: string, path: string, cause: unknown): SandboxOptionError {
  const why =
    errorCode(cause) === "EACCES"
      ? "cannot be reached: this user may not enter a directory on the way; allow that, or name another path"
      : "cannot be found; create it or correct the path";
  return new SandboxOptionError(`${where} "${path}" ${why}`, { cause });
}

/**
 * A path for the sandbox to use, resolved once: the launcher then takes no link on it.
 *
 * @throws SandboxOptionError when it is not there, or would give away what no sandbox should have
 */
export function parseHostPath(value: unknown, where: string): HostPath {
  const given = checks.text(value, where);
  if (given === "")
    throw new SandboxOptionError(`${where} must not be empty; for the working directory it is "."`);
  let found: HostPath;
  try {
    const path = realpathSync(given);
    found = { path, stats: lstatSync(path) };
  } catch (cause) {
    throw unreached(where, given, cause);
  }
  const refused = found.stats.isSocket()
    ? "a service of the host listens on this socket, and would serve the sandbox; name a directory of your own"
    : refusal(found.path);
  if (refused !== undefined) throw new SandboxOptionError(`${where} "${given}" is refused: ${refused}`);
  return found;
}
