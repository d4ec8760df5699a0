/** The keyboard: `/` to the filter, Escape clears, arrows through what is shown, Enter opens (as browsers do). */
import { all } from './elements';

export function startKeyboard(query: HTMLInputElement, clear: () => boolean): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const typing = target.matches('input, select, textarea');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (!clear()) target.blur();
    } else if (target === query) {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        summaries()
          .find((summary) => summary.closest('section'))
          ?.focus();
      }
    } else if (target.matches('summary')) move(event, target, query);
  });
}

function move(event: KeyboardEvent, target: HTMLElement, query: HTMLInputElement): void {
  const details = target.parentElement as HTMLDetailsElement;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    event.preventDefault();
    const open = event.key === 'ArrowRight';
    if (details.open !== open) details.open = open;
    // From within a card to the card itself.
    else if (!open) details.parentElement?.closest('details')?.querySelector('summary')?.focus();
    return;
  }
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const shown = summaries();
  const next = shown[shown.indexOf(target) + step];
  if (next) next.focus();
  else if (step < 0) query.focus();
}

const summaries = (): HTMLElement[] =>
  all<HTMLElement>('main summary').filter((summary) => summary.checkVisibility());
