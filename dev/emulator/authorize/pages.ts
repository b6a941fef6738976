import { randomUUID } from 'node:crypto';
import type { Answer } from '../requests/answers';

const style =
  'body{font:16px sans-serif;margin:4rem auto;max-width:26rem}label{display:block;margin:1rem 0}input{width:100%}';

/** The page on which a person signs in, with what went wrong the last time, if anything. */
export function signInPage(terms: {
  action: string;
  id: string;
  application: string;
  name: string;
  problem?: string;
}): Answer {
  const { action, id, application, name, problem } = terms;
  return page(
    'Sign in to your account',
    `<h1>Sign in</h1><p>to continue to ${escaped(application)}</p>
${problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<input type="hidden" name="ctx" value="${escaped(id)}">
<label>Email or phone <input name="login" type="email" autocomplete="username" value="${escaped(name)}" required></label>
<label>Password <input name="passwd" type="password" autocomplete="current-password" required></label>
<button type="submit" id="idSIButton9">Sign in</button>
</form>`,
  );
}

/** The page on which a person lets an application have permissions. */
export function consentPage(terms: { action: string; id: string; application: string; scopes: string[] }): Answer {
  const { action, id, application, scopes } = terms;
  return page(
    'Permissions requested',
    `<h1>Permissions requested</h1><p>${escaped(application)}</p>
<ul>${scopes.map((scope) => `<li>${escaped(scope)}</li>`).join('')}</ul>
<form method="post" action="${escaped(action)}">
<input type="hidden" name="ctx" value="${escaped(id)}">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="accept">Accept</button>
</form>`,
  );
}

/** The page of a refusal that no application gets to know of. */
export function errorPage(code: number, message: string): Answer {
  const trace = `<p>Trace ID: ${randomUUID()}<br>Correlation ID: ${randomUUID()}</p>`;
  return page(
    'Sign in to your account',
    `<h1>Sorry, but we're having trouble signing you in.</h1><p>AADSTS${code}: ${escaped(message)}</p>${trace}`,
  );
}

function page(title: string, body: string): Answer {
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-store, no-cache', 'X-Frame-Options': 'DENY' },
    contentType: 'text/html; charset=utf-8',
    text: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"><style>${style}</style></head><body>${body}</body></html>`,
  };
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
