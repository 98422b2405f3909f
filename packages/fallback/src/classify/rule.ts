import type { Facts } from "./facts.ts";
import type { ErrorReason, ErrorScope } from "./types.ts";

/** One line of a table of rules. All conditions that it names have to hold. */
export interface Rule {
  /** Unique in its table; `family/name` is what a classification's `matched` says. */
  readonly name: string;
  readonly reason: ErrorReason;
  /** The status is one of these; `none`: it is not known. */
  readonly status?: readonly (number | "none" | "4xx" | "5xx")[];
  /** One of the error's codes looks like this. Codes are in `snake_case` here, whatever their spelling was. */
  readonly code?: RegExp;
  /** What the error says in words. */
  readonly text?: RegExp;
  /** What it must not say. */
  readonly not?: RegExp;
  /** These words are used outside of errors too: something else (a status, a code, an envelope) must tell it is one. */
  readonly loose?: true;
  /** What it must say too, where nothing but words tells that it is an error. */
  readonly about?: RegExp;
  /** Says only that something went wrong: it decides when no words tell what. */
  readonly vague?: true;
  /** Only for the provider by its name: the code or the words mean something else elsewhere. */
  readonly own?: true;
  /** Where it is another than the reason's. */
  readonly scope?: ErrorScope;
}

/** The rules of a group of providers. */
export interface RuleFamily {
  readonly name: string;
  /** Names of providers that it is for; a family without is for all. */
  readonly provider?: RegExp;
  readonly rules: readonly Rule[];
}

/** Whether all conditions of a rule hold. */
export function holds(rule: Rule, facts: Facts): boolean {
  if (rule.loose && !facts.isError) return false;
  if (rule.status && !rule.status.some((status) => isStatus(status, facts.status))) return false;
  const { about, code, text, not } = rule;
  if (about && !facts.isTold && !about.test(facts.text)) return false;
  if (code && !facts.codes.some((each) => code.test(each))) return false;
  if (text && !text.test(facts.text)) return false;
  return !not?.test(facts.text);
}

function isStatus(wanted: number | "none" | "4xx" | "5xx", status: number | undefined): boolean {
  if (wanted === "none" || status === undefined) return wanted === "none" && status === undefined;
  if (wanted === "4xx") return status >= 400 && status < 500;
  if (wanted === "5xx") return status >= 500 && status < 600;
  return wanted === status;
}

/** One pattern of several, so that a table can put each in a line. Upper and lower case are the same. */
export function anyOf(...patterns: readonly (string | RegExp)[]): RegExp {
  return new RegExp(alternatives(patterns), "i");
}

/** A code that is one of these as a whole. */
export function exactly(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(`^(?:${alternatives(patterns)})$`);
}

function alternatives(patterns: readonly (string | RegExp)[]): string {
  return patterns.map((pattern) => (typeof pattern === "string" ? pattern : pattern.source)).join("|");
}
