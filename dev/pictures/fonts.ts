import { readFileSync } from 'node:fs';

/** Fonts under the SIL Open Font License, from packages of the project: pictures look the same on every machine. */
const fonts = [
  { family: 'Picture Sans', file: require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2') },
  {
    family: 'Picture Mono',
    file: require.resolve('@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2'),
  },
];

/** A style sheet that sets every text of a page in these fonts, and needs nothing from elsewhere. */
export function fontStyle(): string {
  const faces = fonts.map(({ family, file }) => {
    const data = readFileSync(file).toString('base64');
    return `@font-face { font-family: "${family}"; font-weight: 100 900; src: url(data:font/woff2;base64,${data}); }`;
  });
  return `${faces.join('\n')}
body, text, button, input, textarea, h1, h2, p { font-family: "Picture Sans" !important; }
pre, code, .log { font-family: "Picture Mono" !important; font-variant-ligatures: none; }`;
}
