/** A period that begins anew by itself. Both are of UTC, so that all hosts and seasons agree on them. */
export type CalendarPeriod = "day" | "month";

/** @returns the day, such as `2026-11-22` */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** @returns the month, such as `2026-11` */
export function monthOf(at: number): string {
  return dayOf(at).slice(0, 7);
}

/** The first moment of the period that a moment lies in. */
export function startOf(period: CalendarPeriod, at: number): Date {
  const date = new Date(at);
  return new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), period === "day" ? date.getUTCDate() : 1),
  );
}

/** The first moment of the next period: then the budget begins anew. */
export function endOf(period: CalendarPeriod, at: number): Date {
  const start = startOf(period, at);
  if (period === "day") start.setUTCDate(start.getUTCDate() + 1);
  else start.setUTCMonth(start.getUTCMonth() + 1);
  return start;
}
