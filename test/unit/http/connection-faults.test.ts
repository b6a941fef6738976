import assert from 'node:assert/strict';
import { connectionFault } from '../../../src/http/connection-faults';

const certificate = {
  subject: 'CN=dev.azure.com',
  issuer: 'CN=Contoso',
  validFrom: 'Jan  1 00:00:00 2026 GMT',
  validTo: 'Jan  2 00:00:00 2026 GMT',
  names: 'dev.azure.com',
};

describe('connection faults', () => {
  for (const [what, outcome, reason, remedy, passing] of [
    ['a connection', { reason: 'ECONNRESET' }, /^the connection failed \(ECONNRESET\)$/, undefined, true],
    ['a step that has ended', { reason: 'closed' }, /\(closed\)$/, undefined, false],
    ['the same behind a proxy', { reason: 'closed', proxy: 'p:1' }, /p:1 failed \(closed\)$/, undefined, false],
    ['a tunnel', { reason: 'ECONNRESET', proxy: 'p:1' }, /through the proxy p:1 failed/, /this proxy/, true],
    [
      'a dead proxy',
      { reason: 'ECONNREFUSED', proxy: 'p:1', atProxy: true },
      /to the proxy p:1 failed/,
      /proxyurl/,
      true,
    ],
    ['a wrong password', { reason: '407', proxy: 'p:1', proxyStatus: 407 }, /p:1 .* \(407\)/, /proxypassword/, false],
    [
      'a proxy that knows no Basic authentication',
      { reason: '407', proxy: 'p:1', proxyStatus: 407, proxyOffers: 'Negotiate, NTLM' },
      /\(407\): it asks for Negotiate or NTLM authentication$/,
      /Basic authentication/,
      false,
    ],
    [
      'a proxy that knows that too',
      { reason: '407', proxy: 'p:1', proxyStatus: 407, proxyOffers: 'Negotiate, basic realm="x"' },
      /\(407\)$/,
      /proxypassword/,
      false,
    ],
    ['a proxy that says 401', { reason: '401', proxy: 'p:1', proxyStatus: 401 }, /\(401\)/, /proxypassword/, false],
    ['a forbidden host', { reason: '403', proxy: 'p:1', proxyStatus: 403 }, /\(403\)/, /let the agent connect/, false],
    ['a weary proxy', { reason: '502', proxy: 'p:1', proxyStatus: 502 }, /\(502\)/, /let the agent connect/, true],
    ['an unknown issuer', { reason: 'SELF_SIGNED_CERT_IN_CHAIN', certificate }, /issuer "CN=Contoso"/, /CAInfo/, false],
    ['an expired one', { reason: 'CERT_HAS_EXPIRED', certificate }, /expired on Jan 2/, /clock/, false],
    ['one of tomorrow', { reason: 'CERT_NOT_YET_VALID', certificate }, /only from Jan 1/, /clock/, false],
    [
      'another host',
      { reason: 'ERR_TLS_CERT_ALTNAME_INVALID', certificate },
      /"dev.azure.com" \(ERR/,
      /who answers/,
      false,
    ],
    [
      'a missing one',
      { reason: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
      /CERTIFICATE_REQ/,
      /sslclientcert/,
      false,
    ],
    [
      'a missing one at the proxy',
      { reason: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', proxy: 'p:1', atProxy: true },
      /to the proxy p:1 failed \(ERR/,
      /sslclientcert/,
      false,
    ],
    [
      'an unknown issuer at the proxy',
      { reason: 'SELF_SIGNED_CERT_IN_CHAIN', proxy: 'p:1', atProxy: true, certificate },
      /^the proxy p:1 presents a certificate .* issuer "CN=Contoso"/,
      /CAInfo/,
      false,
    ],
  ] as const) {
    it(`explain ${what}`, () => {
      const fault = connectionFault({ kind: 'broken', ...outcome });
      assert.match(fault.reason, reason);
      if (remedy) assert.match(fault.remedy ?? '', remedy);
      else assert.equal(fault.remedy, undefined);
      assert.equal(fault.passing, passing);
    });
  }

  it('quote any certificate safely', () => {
    const hostile = { ...certificate, subject: 'CN=a\n##vso[task.complete result=Succeeded]', names: '\u202e##vso[x]' };
    for (const code of ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN']) {
      const { reason } = connectionFault({ kind: 'broken', reason: code, certificate: hostile });
      assert.doesNotMatch(reason, /##|[\r\n\u202e]/);
    }
  });
});
