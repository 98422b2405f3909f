/*
 * Bundles src/worker into dist/worker.cjs, the one file that the sandbox needs. Fails when the bundle grew
 * something that every one of a thousand workers would pay for.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";

const packageRoot = dirname(import.meta.dirname);
const outfile = join(packageRoot, "dist", "worker.cjs");
const maxBundleBytes = 64 * 1024;

/** Why two modules of pi are replaced: see docs/agent.md, "The worker". */
const leanPi: Plugin = {
  name: "lean-pi",
  setup({ onResolve }) {
    // The loop by its own file: the package's root brings 150 ms and 30 MB.
    const loop = join(
      dirname(fileURLToPath(import.meta.resolve("@earendil-works/pi-agent-core"))),
      "agent-loop.js",
    );
    onResolve({ filter: /^@earendil-works\/pi-agent-core$/ }, () => ({ path: loop }));
    const validation = join(packageRoot, "src", "worker", "pi-validation.ts");
    onResolve({ filter: /^\.\/utils\/validation\.js$/ }, () => ({ path: validation }));
  },
};

function complaints(metafile: Metafile): string[] {
  const [output] = Object.values(metafile.outputs);
  const found: string[] = [];
  if (output === undefined || output.bytes > maxBundleBytes) {
    found.push(`it has ${output?.bytes} bytes, over ${maxBundleBytes}`);
  }
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    if (path.includes("typebox") && bytesInOutput > 0) found.push(`it holds TypeBox (${path})`);
  }
  for (const { path } of output?.imports ?? []) {
    if (!path.startsWith("node:")) found.push(`it imports ${path}, which is not in Node`);
  }
  return found;
}

// tsc and esbuild share dist; the bundle of an earlier build must not survive a failed one.
rmSync(outfile, { force: true });
mkdirSync(dirname(outfile), { recursive: true });
const { metafile } = await build({
  entryPoints: [join(packageRoot, "src", "worker", "main.ts")],
  outfile,
  bundle: true,
  // CommonJS starts 1 ms sooner than an ES module and needs no package.json beside it.
  format: "cjs",
  platform: "node",
  target: "node22",
  minify: true,
  legalComments: "none",
  banner: {
    js: "/* MIT. Holds parts of @earendil-works/pi-agent-core and @earendil-works/pi-ai (MIT, Mario Zechner). */",
  },
  metafile: true,
  plugins: [leanPi],
  logLevel: "warning",
});
const found = complaints(metafile);
if (found.length > 0) {
  rmSync(outfile);
  console.error(`dist/worker.cjs was not built: ${found.join("; ")}`);
  process.exitCode = 1;
}
