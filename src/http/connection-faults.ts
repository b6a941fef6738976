import { quotable, quoted } from '../errors';
import type { HttpOutcome } from './request';
import { closed, type PresentedCertificate } from './transport/breakage';

/** A connection that failed, in words. */
export interface ConnectionFault {
  /** The part of a sentence that says what happened. */
  reason: string;
  /** What to do, where more is known than what the code's usual text says. */
  remedy?: string;
  /** Whether it may go away by itself. */
  passing: boolean;
}

/** Says where a connection failed, and which setting of the agent would mend that. */
export function connectionFault(outcome: HttpOutcome & { kind: 'broken' }): ConnectionFault {
  const { reason, proxy, atProxy, proxyStatus, proxyOffers, certificate } = outcome;
  const code = quotable(reason, 60);
  if (proxyStatus !== undefined) return refusedByProxy(`the proxy ${proxy}`, proxyStatus, proxyOffers);
  const way = atProxy ? ` to the proxy ${proxy}` : proxy === undefined ? '' : ` through the proxy ${proxy}`;
  if (certificate) return untrusted(code, certificate, atProxy ? [`the proxy ${proxy}`, ''] : ['it', way]);
  const failed = `the connection${way} failed (${code})`;
  // What was closed at the end of the step stays closed.
  if (reason === closed) return { reason: failed, passing: false };
  if (clientCertificateWanted.test(reason)) {
    const remedy =
      'Set the agent up with a client certificate that is accepted there (--sslclientcert and --sslclientcertkey).';
    return { reason: failed, remedy, passing: false };
  }
  if (proxy === undefined) return { reason: failed, passing: true };
  const remedy = atProxy
    ? 'Check that this proxy runs and that the agent is set up with its right address (--proxyurl).'
    : 'Check the network between this proxy and the named host, then run the step again.';
  return { reason: failed, remedy, passing: true };
}

const clientCertificateWanted =
  /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA)/;

function refusedByProxy(proxy: string, status: number, offers = ''): ConnectionFault {
  const reason = `${proxy} refused to connect (${status})`;
  const ways = offers.match(/\b(Basic|Digest|Kerberos|Negotiate|NTLM)\b/gi) ?? [];
  if (status === 407 && ways.length > 0 && !ways.some((way) => /basic/i.test(way))) {
    const remedy =
      'Have this proxy accept Basic authentication, the only one that this task knows, or exempt the named host from it in the .proxybypass file of the agent.';
    return { reason: `${reason}: it asks for ${ways.join(' or ')} authentication`, remedy, passing: false };
  }
  // 407 is the status for it, but some proxies answer a wrong password with 401. Sent again, it may lock the account.
  if (status === 407 || status === 401) {
    const remedy =
      'Set the agent up with the user name and password that this proxy asks for (--proxyusername and --proxypassword).';
    return { reason, remedy, passing: false };
  }
  const remedy = 'Ask the administrator of this proxy to let the agent connect to the named host on its port.';
  return { reason, remedy, passing: status >= 500 };
}

function untrusted(code: string, certificate: PresentedCertificate, [who, through]: [string, string]): ConnectionFault {
  const [subject, issuer] = [quoted(certificate.subject), quoted(certificate.issuer)];
  const { flaw, remedy } = flawOf(code, certificate);
  const presented = `${who} presents a certificate with subject ${subject} and issuer ${issuer}${through}`;
  return { reason: `${presented}, ${flaw} (${code})`, remedy, passing: false };
}

function flawOf(code: string, { validFrom, validTo, names }: PresentedCertificate): { flaw: string; remedy: string } {
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const remedy = `Have it renewed, or correct the clock of the agent. ${onlySkipping}`;
      return { flaw: `which expired on ${quotable(validTo, 40)}`, remedy };
    }
    case 'CERT_NOT_YET_VALID': {
      const remedy = `Correct the clock of the agent. ${onlySkipping}`;
      return { flaw: `which is valid only from ${quotable(validFrom, 40)}`, remedy };
    }
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const remedy = `Find out who answers in place of the named host. ${onlySkipping}`;
      return { flaw: `which is for other hosts: ${quoted(names)}`, remedy };
    }
    default: {
      const remedy =
        'If this issuer is to be trusted, set the agent up with the certificate of its authority (--sslcacert, which sets Agent.CAInfo).';
      return { flaw: 'which this agent does not trust', remedy };
    }
  }
}

const onlySkipping =
  'No setting of the agent trusts it but --sslskipcertvalidation (Agent.SkipCertValidation), which trusts anybody.';
