/** An AbortController that is made when somebody asks for its signal: most tasks that need none stay cheap. */
export interface LazyAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

export function createLazyAbort(): LazyAbort {
  let controller: AbortController | undefined;
  let aborted: { readonly reason: unknown } | undefined;
  return {
    get signal() {
      controller ??= new AbortController();
      if (aborted !== undefined) controller.abort(aborted.reason);
      return controller.signal;
    },
    abort: (reason) => {
      aborted ??= { reason };
      controller?.abort(reason);
    },
  };
}
