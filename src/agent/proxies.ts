/** A proxy as people write it: with or without a scheme, and with or without credentials. */
export interface ProxyAddress {
  url: string;
  username?: string;
  password?: string;
}

/** Takes the credentials out of the address of a proxy; undefined if it is none over HTTP. */
export function readProxyAddress(text: string): ProxyAddress | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) return undefined;
  const { protocol, host, username, password } = new URL(whole);
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
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => (entry === '*' ? '^' : hostPattern(entry)));
}

function hostPattern(entry: string): string {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
  const suffix = port === undefined ? '(:\\d+)?' : port === '443' ? '(:443)?' : `:${port}`;
  return `^https?://([^/]*\\.)?${host.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}${suffix}(/|$)`;
}
