/** Arguments that make no sense; the message says which and what is right. */
export class WrongUsage extends Error {
  override readonly name = "WrongUsage";
  readonly code = "WRONG_USAGE";
}
