import { addressOf, urlOf } from './url';

/** A proxy as people write it: with or without a scheme, and with or without credentials. */
export interface ProxyAddress {
  url: string;
  username?: string;
  password?: string;
}

/** Takes the credentials out of the address of a proxy; undefined if it is none over HTTP. */
export function readProxyAddress(text: string): ProxyAddress | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = urlOf(whole);
  if (!url) return undefined;
  const { protocol, host, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return {
    url: `${protocol}//${host}`,
    ...(username !== '' && { username: unescaped(username), password: unescaped(password) }),
  };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The patterns of the URLs that NO_PROXY exempts: hosts with all that is below them, perhaps with a port, or * for all.
 * https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function bypassPatterns(noProxy: string): string[] {
  return noProxy
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '')
    .map(hostPattern);
}

/** An entry may be a whole address; what it has beside the host and the port has no meaning. */
function hostPattern(entry: string): string {
  const address = entry.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[/?#].*$/s, '');
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/s.exec(address) ?? [];
  if (name === '*') return port === undefined ? '^' : `^https?://[^/]*${portPattern(port)}`;
  // A bare host stands for all that is below it too; one that begins with a star begins where the star says.
  const below = /^\*[^.]/.test(name) ? '[^/]*' : '([^/]*\\.)?';
  const host = name.replace(/^\*?\.|^\*/, '');
  return `^https?://${below}${host.split('*').map(escaped).join('[^/]*')}${portPattern(port)}`;
}

function portPattern(port: string | undefined): string {
  const ending = '(/|$)';
  if (port === undefined) return `(:\\d+)?${ending}`;
  return port === '443' ? `(:443)?${ending}` : `:${port}${ending}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * The patterns of `Agent.ProxyBypassList`, as JavaScript reads them. They are regular expressions of .NET; and what the agent
 * takes from `no_proxy` becomes one only by a backslash before each dot, so that `*.contoso.com` is none at all.
 * @param list a JSON array; nothing stands for an empty one.
 * @throws SyntaxError, TypeError for what is no JSON array of texts.
 */
export function agentBypassPatterns(list: string): string[] {
  const patterns: unknown = JSON.parse(list || '[]');
  if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) throw new TypeError();
  return patterns.filter((pattern) => pattern.trim() !== '').map(readablePattern);
}

function readablePattern(pattern: string): string {
  const translated = pattern
    // Letters match in either case anyway.
    .replace(/\(\?[imnsx-]+\)/g, '')
    .replace(/\(\?[imnsx-]+:/g, '(?:')
    .replace(/\\A/g, '^')
    .replace(/\\[Zz]/g, '$');
  return isPattern(translated) ? translated : hostPattern(pattern.replace(/\\(.)/g, '$1'));
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'i') !== undefined;
  } catch {
    return false;
  }
}

/** Name and port of a proxy, as messages show them: never its credentials. */
export function proxyName({ url }: ProxyAddress): string {
  const parsed = new URL(url);
  return `${parsed.hostname}:${addressOf(parsed).port}`;
}
