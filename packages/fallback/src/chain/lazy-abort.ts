/** An AbortController that is made when somebody asks for its signal: most tasks that need none stay cheap. */
export interface LazyAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Calls back at the first abort, where there has been none yet. */
  onAbort(call: () => void): void;
}

export function createLazyAbort(): LazyAbort {
  let controller: AbortController | undefined;
  let aborted: { readonly reason: unknown } | undefined;
  let told: (() => void) | undefined;
  return {
    get signal() {
      controller ??= new AbortController();
      if (aborted !== undefined) controller.abort(aborted.reason);
      return controller.signal;
    },
    onAbort: (call) => {
      told = call;
    },
    abort: (reason) => {
      if (aborted === undefined) told?.();
      aborted ??= { reason };
      controller?.abort(reason);
    },
  };
}
