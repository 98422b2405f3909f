import { type Finding, limited, missing, ok } from "../findings.ts";
import type { Host } from "../host.ts";

/** The program that makes sandboxes: whether it is here and runs. */
export function checkLauncher(host: Host): Finding {
  const { launcher } = host;
  if ("problem" in launcher)
    return missing(
      launcher.problem,
      `npm install @cloison/sandbox-linux-${host.arch} (in a checkout: install cc and make, then npm run doctor)`,
    );
  const { path, linking } = launcher;
  if (host.tried("user namespace").outcome === "untried") {
    return missing(
      `${path} does not run`,
      `run it to see why (it should print its usage): ${path}\nwhere its file system is mounted noexec, install elsewhere`,
    );
  }
  return linking === "static"
    ? ok(`static, ${path}`)
    : limited(
        `needs the C library of the machine that it was built on: ${path}`,
        "build it where a static C library is, such as musl-tools",
      );
}
