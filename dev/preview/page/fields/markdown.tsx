import { Fragment, type ReactNode } from 'react';

/**
 * Draws the Markdown of help texts: paragraphs, lists, emphasis, code and links.
 * @throws for a link to anything but https, which the platform would not follow either.
 */
export function Markdown({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n{2,}/).map((block) => (
        <Block key={block} text={block} />
      ))}
    </>
  );
}

function Block({ text }: { text: string }) {
  const lines = text.split('\n');
  if (!lines.every((line) => line.startsWith('- '))) return <p>{inline(text)}</p>;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{inline(line.slice(2))}</li>
      ))}
    </ul>
  );
}

const spans = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(spans)) {
    parts.push(text.slice(end, match.index), span(match));
    end = match.index + match[0].length;
  }
  // Texts do not change while they are shown, so that their places identify them.
  return [...parts, text.slice(end)].map((part, place) => <Fragment key={String(place)}>{part}</Fragment>);
}

function span([whole, code, strong, emphasis, linkText, address = '']: RegExpMatchArray): ReactNode {
  if (code !== undefined) return <code>{code}</code>;
  if (strong !== undefined) return <strong>{strong}</strong>;
  if (emphasis !== undefined) return <em>{emphasis}</em>;
  if (!address.startsWith('https://')) throw new Error(`The help text has a link that is not https: ${whole}`);
  return (
    <a href={address} rel="noreferrer" target="_blank">
      {linkText}
    </a>
  );
}
