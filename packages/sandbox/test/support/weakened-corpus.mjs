// Preloaded before a command: its corpus attacks sandboxes whose system call filter is left out.
import { registerHooks } from "node:module";

const corpus = "/dist/tools/attacks/index.js";

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(corpus)) return next(url, context);
    const source = `export * from ${JSON.stringify(`${url}?real`)};
      import { runCorpus as run } from ${JSON.stringify(`${url}?real`)};
      export const runCorpus = (options) => run({ ...options, weakened: ["seccomp"] });`;
    return { format: "module", source, shortCircuit: true };
  },
});
