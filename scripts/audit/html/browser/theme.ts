/** Light or dark: as the system says, until somebody chooses. */
import { byId } from './elements';

const storedAs = 'landfall-audit-theme';

export function startTheme(): void {
  const button = byId('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : system.matches;
  };
  const label = () => {
    button.textContent = dark() ? 'Light' : 'Dark';
  };
  const stored = remembered();
  if (stored) document.documentElement.dataset.theme = stored;
  label();
  system.addEventListener('change', label);
  button.addEventListener('click', () => {
    const theme = dark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    remember(theme);
    label();
  });
}

/** A page opened from a file may have no storage, depending on the browser: then the choice lasts as long as the page. */
function remembered(): string | undefined {
  try {
    return localStorage.getItem(storedAs) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(storedAs, theme);
  } catch (error) {
    console.info('The choice of light or dark is not kept:', error);
  }
}
