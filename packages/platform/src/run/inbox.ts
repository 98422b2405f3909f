import type { UserMessage } from "@cloison/sessions";
import { NoActiveRunError } from "../errors/run-errors.ts";

/** Whether it is told as soon as may be, or when the agent would end. */
export type SaidHow = "steer" | "follow_up";

/** Something that was said to a run, on its way into the conversation. */
export interface Said {
  readonly how: SaidHow;
  readonly message: UserMessage;
  /** To be called when it is stored for good. */
  stored(): void;
  /** To be called when it is not going to be. */
  refuse(error: unknown): void;
}

/**
 * What is said to a run while it goes on. A promise of it resolves when the message is stored as a part of the
 * conversation, and rejects with NoActiveRunError when the run ends before that; whoever does not wait
 * for it is not made to handle that.
 */
export class Inbox {
  readonly #sessionId: string;
  readonly #unsettled = new Set<Said>();
  #steering: Said[] = [];
  #followUps: Said[] = [];
  #ended = false;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** Is told before the next model call, after the tools that are running now. */
  steer(message: UserMessage): Promise<void> {
    return this.#say(this.#steering, { how: "steer", message });
  }

  /** Is told when the agent would end. */
  followUp(message: UserMessage): Promise<void> {
    return this.#say(this.#followUps, { how: "follow_up", message });
  }

  takeSteering(): Said[] {
    return this.#steering.splice(0);
  }

  /** At the agent's end: what is left of steering, else one message of those that follow. */
  takeNext(): Said[] {
    return this.#steering.length > 0 ? this.takeSteering() : this.#followUps.splice(0, 1);
  }

  /** The run is over: nothing that is not stored by now ever will be. */
  end(cause?: unknown): void {
    this.#ended = true;
    for (const said of this.#unsettled) said.refuse(new NoActiveRunError(this.#sessionId, cause));
    this.#unsettled.clear();
  }

  #say(list: Said[], { how, message }: Pick<Said, "how" | "message">): Promise<void> {
    if (this.#ended) return Promise.reject(new NoActiveRunError(this.#sessionId));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    const said: Said = {
      how,
      message,
      refuse: (error) => {
        this.#unsettled.delete(said);
        reject(error);
      },
      stored: () => {
        this.#unsettled.delete(said);
        resolve();
      },
    };
    this.#unsettled.add(said);
    list.push(said);
    return promise;
  }
}
