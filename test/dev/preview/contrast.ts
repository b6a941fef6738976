import type { Page } from 'playwright-core';

export interface ReadText {
  text: string;
  /** As WCAG 2 defines it: from 1, unreadable, to 21, black on white. */
  contrast: number;
}

/** What the browser computes: the colour of every text that can be seen, against everything that lies behind it. */
const program = `(() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, bottom) => {
    const mix = (channel) => top[channel] * top.a + bottom[channel] * (1 - top.a);
    return { r: mix('r'), g: mix('g'), b: mix('b'), a: 1 };
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(parse(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((bottom, layer) => over(layer, bottom), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const ownText = (element) =>
    'value' in element && element.tagName !== 'LI' && element.tagName !== 'BUTTON'
      ? element.value
      : [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('').trim();
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  return [...document.querySelectorAll('body *')]
    .filter((element) => ownText(element) && seen(element) && !element.closest('[disabled], [aria-disabled="true"], script'))
    .map((element) => {
      const background = behind(element);
      const [light, dark] = [luminance(over(parse(getComputedStyle(element).color), background)), luminance(background)].sort(
        (a, b) => b - a,
      );
      return { text: ownText(element), contrast: (light + 0.05) / (dark + 0.05) };
    });
})()`;

/** Has the page show a theme at once, for as long as something is computed; then it is as it was. */
const inTheme = (theme: 'light' | 'dark', computed: string) => `(() => {
  const { dataset } = document.documentElement;
  const { theme } = dataset;
  const style = document.createElement('style');
  style.textContent = '*, *::before, *::after { transition: none !important }';
  document.head.append(style);
  dataset.theme = '${theme}';
  try {
    return ${computed};
  } finally {
    dataset.theme = theme;
    style.remove();
  }
})()`;

/** The contrast of every text that the page shows, what is filled in included. What is disabled is left out. */
export function contrastOfTexts(page: Page, theme: 'light' | 'dark'): Promise<ReadText[]> {
  return page.evaluate<ReadText[]>(inTheme(theme, program));
}
