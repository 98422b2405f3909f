/** The time that a handler may take. It can stand still, as while a person is waited for. */
export class TimeLimit {
  readonly #over = new AbortController();
  #leftMs: number;
  #pauses = 0;
  #begun = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#leftMs = ms;
    this.#run();
  }

  /** Aborts when the time is over, and never after the end. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  pause(): void {
    this.#pauses += 1;
    if (this.#pauses > 1 || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#begun;
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0 && this.#timer !== undefined) this.#run();
  }

  /** The handler is done. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    this.#begun = performance.now();
    const over = () => this.#over.abort(new DOMException("The hook's time is over.", "TimeoutError"));
    this.#timer = setTimeout(over, Math.max(0, this.#leftMs));
  }
}
