import type { Usage } from "@cloison/sessions";

/** Tokens and their price. */
export interface RunUsage {
  /** Prompt tokens that were neither read from nor written to the provider's cache. */
  readonly input: number;
  /** Tokens of the answers, reasoning included. */
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly totalTokens: number;
  /** US dollars by `prices` of `createPlatform`, else the catalogue's; 0 where neither has one. */
  readonly costUsd: number;
}

export const noUsage: RunUsage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 0,
  costUsd: 0,
};

export function usageOf({ input, output, cacheRead, cacheWrite, totalTokens, cost }: Usage): RunUsage {
  return { input, output, cacheRead, cacheWrite, totalTokens, costUsd: cost.total };
}

export function addUsage(a: RunUsage, b: RunUsage): RunUsage {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    totalTokens: a.totalTokens + b.totalTokens,
    costUsd: a.costUsd + b.costUsd,
  };
}
