import { type Application, type FederatedCredential, isEffective } from '../../directory/entities';
import type { State } from '../../state';
import { type Claims, readJwt, verifyJwt } from '../jwt';
import type { Refuse } from '../refusals';

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const hint = 'Check your federated identity credential Subject, Audience and Issuer against the presented assertion.';

/** Lets an application in with an identity token that it trusts, or refuses. */
export function acceptAssertion(form: URLSearchParams, application: Application, state: State, refuse: Refuse): void {
  const type = form.get('client_assertion_type');
  if (type !== jwtBearer) {
    const text =
      type === null
        ? "The request body must contain the following parameter: 'client_assertion_type'."
        : `The value '${type}' for 'client_assertion_type' is not supported. It must be '${jwtBearer}'.`;
    throw refuse(type === null ? 900144 : 90023, text, { error: 'invalid_request' });
  }
  const assertion = form.get('client_assertion') ?? '';
  const claims = readJwt(assertion);
  if (!claims) throw refuse(50027, 'JWT token is invalid or malformed.', { error: 'invalid_request' });
  if (application.multiTenant) {
    const text = 'The identity must be a managed identity, single tenant app, or service account.';
    throw refuse(70052, text, { error: 'invalid_client' });
  }
  const trusted = (application.federatedCredentials ?? []).filter((credential) =>
    isEffective(credential, state.clock.now()),
  );
  requireTrustedIssuer(claims, trusted, refuse);
  requireGenuine(assertion, claims, state, refuse);
  requireTrustedSubject(claims, trusted, refuse);
  const id = String(claims.jti);
  if (state.assertionsOnce && state.usedAssertions.has(id)) {
    throw refuse(700027, 'The client assertion was used before; each may be used once.', { error: 'invalid_client' });
  }
  state.usedAssertions.add(id);
}

/** Which keys a signature is checked with depends on the issuer, so Entra looks at it first. */
function requireTrustedIssuer({ iss }: Claims, trusted: FederatedCredential[], refuse: Refuse): void {
  if (trusted.length === 0) {
    const text = `No matching federated identity record found for presented assertion. Assertion Issuer: '${iss}'. ${hint}`;
    throw refuse(70021, text, { error: 'invalid_client' });
  }
  if (!trusted.some(({ issuer }) => issuer === iss)) {
    const text = `No matching federated identity record found for presented assertion issuer '${iss}'. ${hint}`;
    throw refuse(700211, text, { error: 'invalid_client' });
  }
}

function requireGenuine(assertion: string, claims: Claims, state: State, refuse: Refuse): void {
  if (!verifyJwt(assertion, 'identity')) {
    const text = 'Client assertion failed signature validation.';
    throw refuse(700027, text, { error: 'invalid_client' });
  }
  const now = state.clock.now();
  const [from, to] = [Number(claims.nbf) * 1000, Number(claims.exp) * 1000];
  // Entra allows for clocks that differ by five minutes, but not for a token that has run out.
  if (from > now + 5 * 60_000 || to <= now) {
    const [current, start, end] = [now, from, to].map((time) => new Date(time).toISOString());
    const text = `Client assertion is not within its valid time range. Current time: ${current}, assertion valid from ${start}, expiry time of assertion ${end}.`;
    throw refuse(700024, text, { error: 'invalid_client' });
  }
}

function requireTrustedSubject({ iss, sub, aud }: Claims, trusted: FederatedCredential[], refuse: Refuse): void {
  const ofIssuer = trusted.filter(({ issuer }) => issuer === iss);
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
  const mismatch = (code: number, what: string, value: unknown) =>
    refuse(code, `No matching federated identity record found for presented assertion ${what} '${value}'. ${hint}`, {
      error: 'invalid_client',
    });
  if (ofSubject.length === 0) {
    const inOtherCase = ofIssuer.some(({ subject }) => subject.toLowerCase() === String(sub).toLowerCase());
    throw mismatch(inOtherCase ? 7002138 : 700213, 'subject', sub);
  }
  if (!ofSubject.some(({ audience }) => audience === aud)) throw mismatch(700212, 'audience', aud);
}
