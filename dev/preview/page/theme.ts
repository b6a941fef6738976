export type Theme = 'light' | 'dark';

/** The theme that the address asks for, or else the one that the machine prefers. */
export function applyTheme(asked: Theme | undefined): Theme {
  const theme = asked ?? (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function currentTheme(): Theme {
  return document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light';
}
