/** How long ago something was accepted, and whether it has to be looked at again. */

/** Months after which an acknowledgement is due for a review. */
const reviewAfterMonths = 12;

export interface Age {
  readonly words: string;
  readonly overdue: boolean;
}

/** `date` as `2026-11-26`. */
export function ageOf(date: string, today: Date): Age {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const since = (today.getUTCFullYear() - year) * 12 + today.getUTCMonth() + 1 - month;
  const months = Math.max(0, since - (today.getUTCDate() < day ? 1 : 0));
  const days = Math.max(0, Math.floor((today.getTime() - Date.UTC(year, month - 1, day)) / 86_400_000));
  const number = months > 0 ? months : days;
  const unit = months > 0 ? 'month' : 'day';
  return {
    words: number === 0 ? 'today' : `${number} ${unit}${number === 1 ? '' : 's'}`,
    overdue: months >= reviewAfterMonths,
  };
}
