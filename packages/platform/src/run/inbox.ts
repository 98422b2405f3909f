import type { UserMessage } from "@cloison/sessions";

/** What is said to a run while it goes on. */
export class Inbox {
  #steering: UserMessage[] = [];
  #followUps: UserMessage[] = [];

  /** Is told before the next model call, after the tools that are running now. */
  steer(message: UserMessage): void {
    this.#steering.push(message);
  }

  /** Is told when the agent would end. */
  followUp(message: UserMessage): void {
    this.#followUps.push(message);
  }

  takeSteering(): UserMessage[] {
    return this.#steering.splice(0);
  }

  /** At the agent's end: what is left of steering, else one message of those that follow. */
  takeNext(): UserMessage[] {
    return this.#steering.length > 0 ? this.takeSteering() : this.#followUps.splice(0, 1);
  }
}
