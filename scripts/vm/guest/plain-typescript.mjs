// For Node's --import: the guest's TypeScript has its types removed already, so that Node need not do it again in
// each process. That takes 1.5 s of every start here, where each instruction is emulated.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".ts")) return next(url, context);
    return { format: "module", source: readFileSync(fileURLToPath(url)), shortCircuit: true };
  },
});
