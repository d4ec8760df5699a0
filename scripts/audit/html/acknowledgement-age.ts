/** How long ago something was accepted, in words. Days as `2026-11-26`. */
export function ageOf(date: string, today: string): string {
  const [[year = 0, month = 0, day = 0], [thisYear = 0, thisMonth = 0, thisDay = 0]] = [date, today].map(
    (text) => text.split('-').map(Number),
  ) as [number[], number[]];
  const months = (thisYear - year) * 12 + thisMonth - month - (thisDay < day ? 1 : 0);
  const days = Math.floor((Date.parse(today) - Date.parse(date)) / 86_400_000);
  if (days <= 0) return 'today';
  const [number, unit] = months > 0 ? [months, 'month'] : [days, 'day'];
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
