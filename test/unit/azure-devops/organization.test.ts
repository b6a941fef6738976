import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseAuthority } from '../../../src/azure-devops/authority';
import { isWithin, type Organization, parseOrganization } from '../../../src/azure-devops/organization';
import { TaskError } from '../../../src/errors';
import { isLoopback } from '../../../src/loopback';

const invalid = 'input-invalid';

function codeOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    assert.ok(error instanceof TaskError, String(error));
    return error.code;
  }
  return 'accepted';
}

const organizationCode = (text: string) => codeOf(() => parseOrganization(text, invalid));
const authorityCode = (text: string, besideLoopback = false) =>
  codeOf(() => parseAuthority(text, besideLoopback, invalid));

describe('hosts: organizations', () => {
  const azure = {
    name: 'Fabrikam',
    url: 'https://dev.azure.com/Fabrikam',
    tokensUrl: 'https://vssps.dev.azure.com/Fabrikam',
    loopback: false,
  };
  const old = {
    name: 'fabrikam',
    url: 'https://fabrikam.visualstudio.com',
    tokensUrl: 'https://vssps.dev.azure.com/fabrikam',
    loopback: false,
  };
  const local = (origin: string): Organization => ({
    name: 'org',
    url: `${origin}/org`,
    tokensUrl: `${origin}/org`,
    loopback: true,
  });
  const accepted: [text: string, organization: Organization][] = [
    ['https://dev.azure.com/Fabrikam', azure],
    ['https://dev.azure.com/Fabrikam/', azure],
    ['https://dev.azure.com:443/Fabrikam', azure],
    ['HTTPS://dev.azure.com/Fabrikam', azure],
    ['https://fabrikam.visualstudio.com', old],
    ['https://Fabrikam.visualstudio.com/', old],
    ['https://fabrikam.visualstudio.com/DefaultCollection', old],
    ['http://localhost:8080/org', local('http://localhost:8080')],
    ['http://127.0.0.1:1/org/', local('http://127.0.0.1:1')],
    ['http://127.9.9.9/org', local('http://127.9.9.9')],
    ['http://[::1]:8080/org', local('http://[::1]:8080')],
    ['https://localhost/org', local('https://localhost')],
  ];
  for (const [text, organization] of accepted) {
    it(`reads ${text}`, () => assert.deepEqual(parseOrganization(text, invalid), organization));
  }

  const refused: [text: string, code: string][] = [
    ['https://dev.azure.com.evil.example/org', 'organization-unsupported'],
    ['https://devazure.com/org', 'organization-unsupported'],
    ['https://evil.dev.azure.com/org', 'organization-unsupported'],
    ['https://dev.azure.com./org', 'organization-unsupported'],
    ['https://vssps.dev.azure.com/org', 'organization-unsupported'],
    ['https://org.vsrm.visualstudio.com', 'organization-unsupported'],
    ['https://dev.azure.com/contoso/../evil', invalid],
    ['https://dev.azure.com/./org', invalid],
    ['https://dev.azure.com/%6frg', invalid],
    ['https://dev.azure.com:444/org', 'organization-unsupported'],
    ['https://dev.azure.com:/org', 'organization-unsupported'],
    ['https://dev%2eazure.com/org', 'organization-unsupported'],
    ['https://dev.аzure.com/org', 'organization-unsupported'],
    ['https://dev。azure.com/org', 'organization-unsupported'],
    ['https://xn--bcher-kva.azure.com/org', 'organization-unsupported'],
    ['https://org.visualstudio.com.', 'organization-unsupported'],
    ['https://a.org.visualstudio.com', 'organization-unsupported'],
    ['https://org.visualstudio.com.evil.example', 'organization-unsupported'],
    ['https://orgvisualstudio.com', 'organization-unsupported'],
    ['https://.visualstudio.com', 'organization-unsupported'],
    ['https://-org.visualstudio.com', 'organization-unsupported'],
    ['https://tfs.contoso.example/tfs/DefaultCollection', 'organization-unsupported'],
    ['https://vssps.dev.azure.com/org', 'organization-unsupported'],
    ['http://dev.azure.com/org', 'organization-unsupported'],
    ['http://org.visualstudio.com', 'organization-unsupported'],
    ['http://localhost.evil.example/org', 'organization-unsupported'],
    ['http://127.0.0.1.nip.example/org', 'organization-unsupported'],
    ['http://localhost./org', 'organization-unsupported'],
    ['http://[::2]/org', 'organization-unsupported'],
    ['http://[::ffff:127.0.0.1]/org', 'organization-unsupported'],
    ['http://0.0.0.0/org', 'organization-unsupported'],
    ['', invalid],
    ['dev.azure.com/org', invalid],
    ['ftp://dev.azure.com/org', invalid],
    ['https:dev.azure.com/org', invalid],
    ['https://', invalid],
    ['https://dev.azure.com', invalid],
    ['https://dev.azure.com/', invalid],
    ['https://dev.azure.com/org/project', invalid],
    ['https://dev.azure.com/org%2f', invalid],
    ['https://dev.azure.com/-org', invalid],
    ['https://dev.azure.com/o_rg', invalid],
    ['https://dev.azure.com/org?x=1', invalid],
    ['https://dev.azure.com/org?', invalid],
    ['https://dev.azure.com/org#', invalid],
    ['https://dev.azure.com/org#frag', invalid],
    ['https://dev.azure.com\\@evil.example/org', invalid],
    ['https://evil.example\\.dev.azure.com/org', invalid],
    ['https://dev.azure.com/\torg', invalid],
    ['https://dev.azure\n.com/org', invalid],
    [' https://dev.azure.com/org', invalid],
    ['https://user@dev.azure.com/org', invalid],
    ['https://user:pw@dev.azure.com/org', invalid],
    ['https://dev.azure.com@evil.example/org', invalid],
    ['http://localhost:99999/org', invalid],
    ['https://org.visualstudio.com/project', invalid],
    ['http://localhost:8080/', invalid],
    ['http://localhost:8080/org/project', invalid],
    [`https://dev.azure.com/${'o'.repeat(65)}`, invalid],
  ];
  for (const [text, code] of refused) {
    it(`refuses ${JSON.stringify(text)} as ${code}`, () => assert.equal(organizationCode(text), code));
  }

  it('raises the code that belongs to whoever wrote the text', () => {
    assert.equal(
      codeOf(() => parseOrganization('nonsense', 'connection-invalid')),
      'connection-invalid',
    );
  });

  it('explains Azure DevOps Server', () => {
    assert.throws(
      () => parseOrganization('https://tfs.contoso.example/tfs', invalid),
      /Azure DevOps Server has no API/,
    );
  });

  it('names the host as it was written, not as the parser repaired it', () => {
    assert.throws(
      () => parseAuthority('https://LOGIN.microsoftonline.com', false, invalid),
      /"LOGIN\.microsoftonline\.com"/,
    );
  });
});

describe('hosts: authorities', () => {
  const hosts = [
    'login.microsoftonline.com',
    'login.windows.net',
    'login.microsoftonline.us',
    'login.partner.microsoftonline.cn',
  ];
  for (const host of hosts) {
    it(`reads https://${host}`, () => {
      for (const text of [`https://${host}`, `https://${host}/`, `https://${host}:443`]) {
        assert.equal(parseAuthority(text, false, invalid), `https://${host}`);
        assert.equal(parseAuthority(text, true, invalid), `https://${host}`);
      }
    });
  }

  it('is the public one by default', () => {
    assert.equal(parseAuthority('', false, invalid), 'https://login.microsoftonline.com');
  });

  it('may be loopback beside a loopback organization alone', () => {
    assert.equal(parseAuthority('http://127.0.0.1:99', true, invalid), 'http://127.0.0.1:99');
    assert.equal(authorityCode('http://127.0.0.1:99'), 'host-untrusted');
  });

  const refused: [text: string, code: string][] = [
    ['http://login.microsoftonline.com', 'host-untrusted'],
    ['https://login.microsoftonline.com.evil.example', 'host-untrusted'],
    ['https://LOGIN.microsoftonline.com', 'host-untrusted'],
    ['https://login.microsoftonline.com.', 'host-untrusted'],
    ['https://login.microsoftonline.com:8443', 'host-untrusted'],
    ['https://login.microsoftonline.de', 'host-untrusted'],
    ['https://evil.example', 'host-untrusted'],
    ['https://login.microsoftonline.com/tenant', invalid],
    ['https://login.microsoftonline.com?x', invalid],
    ['https://a:b@login.microsoftonline.com', invalid],
    ['login.microsoftonline.com', invalid],
    ['https://login.microsoftonline.com\\', invalid],
  ];
  for (const [text, code] of refused) {
    it(`refuses ${JSON.stringify(text)} as ${code}`, () => {
      assert.equal(authorityCode(text), code);
      assert.equal(authorityCode(text, true), code);
    });
  }
});

describe('hosts: any text', () => {
  const host = fc.oneof(
    fc.constantFrom(
      'dev.azure.com',
      'org.visualstudio.com',
      'login.microsoftonline.com',
      'localhost',
      '127.0.0.1',
      '[::1]',
    ),
    fc.constantFrom(
      'dev.azure.com.evil.example',
      'devazure.com',
      'DEV.azure.com',
      'dev.azure.com.',
      'xn--dv-eka.azure.com',
      'evil.example',
    ),
    fc.domain(),
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  const piece = fc.constantFrom(
    '',
    'org',
    '/',
    '\\',
    '@',
    ':',
    '?',
    '#',
    '\t',
    '\n',
    ' ',
    '.',
    '%2f',
    '%00',
    '..',
    ':443',
    ':80',
    'a:b@',
    '\u3002',
    '\u202e',
  );
  const url = fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:/', '//', 'https:\\\\', '', ' https://', 'javascript:'),
      piece,
      host,
      piece,
      fc.constantFrom('/', ''),
      piece,
      piece,
    )
    .map((parts) => parts.join(''));

  it('is refused with a TaskError, or leads to Azure DevOps or this machine alone', () => {
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl(), fc.string({ unit: 'binary' })), (text) => {
        let organization: Organization;
        try {
          organization = parseOrganization(text, invalid);
        } catch (error) {
          assert.ok(error instanceof TaskError, String(error));
          return;
        }
        const base = new URL(organization.url);
        const tokens = new URL(organization.tokensUrl);
        if (organization.loopback) {
          assert.match(base.hostname, /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/);
          assert.equal(tokens.href, base.href);
        } else {
          assert.match(text, /^https:\/\/(dev\.azure\.com|[A-Za-z0-9-]+\.visualstudio\.com)(:443)?(\/|$)/i);
          assert.match(organization.url, /^https:\/\/(dev\.azure\.com\/[A-Za-z0-9-]+|[a-z0-9-]+\.visualstudio\.com)$/);
          assert.equal(organization.tokensUrl, `https://vssps.dev.azure.com/${organization.name}`);
        }
        for (const { username, password, search, hash } of [base, tokens]) {
          assert.equal(username + password + search + hash, '');
        }
        assert.match(organization.name, /^[A-Za-z0-9-]{1,64}$/);
      }),
      { numRuns: 3000 },
    );
  });

  it('is refused with a TaskError, or leads to Entra or, where allowed, this machine alone', () => {
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl()), fc.boolean(), (text, besideLoopback) => {
        let authority: string;
        try {
          authority = parseAuthority(text, besideLoopback, invalid);
        } catch (error) {
          assert.ok(error instanceof TaskError, String(error));
          return;
        }
        const { hostname, protocol } = new URL(authority);
        const loopback = /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname);
        if (loopback) assert.equal(besideLoopback, true);
        else
          assert.match(
            authority,
            /^https:\/\/login\.(microsoftonline\.com|windows\.net|microsoftonline\.us|partner\.microsoftonline\.cn)$/,
          );
        assert.ok(loopback || protocol === 'https:');
        assert.equal(authority, new URL(authority).origin);
      }),
      { numRuns: 2000 },
    );
  });

  it('never repeats the password of a URL in a message', () => {
    const password = 'hunter2-hunter2';
    const odd = [
      `https://user:${password}@dev.azure.com/org`,
      ` https://user:${password}@dev.azure.com/org`,
      `\thttps://user:${password}@dev.azure.com/org`,
      `user1:${password}@dev.azure.com/org`,
      `//user:${password}@dev.azure.com/org`,
      `https:\\\\user:${password}@dev.azure.com/org`,
      `git+https://user:${password}@dev.azure.com/org`,
      `https://https://user:${password}@dev.azure.com/org`,
      `"https://user:${password}@dev.azure.com/org"`,
    ];
    for (const text of odd) {
      for (const parse of [() => parseOrganization(text, invalid), () => parseAuthority(text, true, invalid)]) {
        assert.throws(parse, (error: Error) => {
          assert.ok(!error.message.includes(password), `${JSON.stringify(text)}: ${error.message}`);
          return true;
        });
      }
    }
  });
});

describe('hosts: isLoopback', () => {
  it('knows this machine by name and by both kinds of address', () => {
    for (const text of [
      'http://localhost',
      'http://LOCALHOST:1',
      'http://127.0.0.1',
      'http://127.1',
      'http://[::1]:8',
    ]) {
      assert.equal(isLoopback(new URL(text)), true, text);
    }
    for (const text of [
      'http://localhost.example',
      'http://128.0.0.1',
      'http://[::]',
      'http://0.0.0.0',
      'http://a.localhost',
    ]) {
      assert.equal(isLoopback(new URL(text)), false, text);
    }
  });
});

describe('hosts: isWithin', () => {
  const fabrikam = parseOrganization('https://dev.azure.com/Fabrikam', invalid);
  const old = parseOrganization('https://fabrikam.visualstudio.com', invalid);
  const local = parseOrganization('http://127.0.0.1:8080/fabrikam', invalid);

  for (const [text, expected] of [
    ['https://dev.azure.com/fabrikam/x', true],
    ['https://dev.azure.com/FABRIKAM/x?y#z', true],
    ['https://dev.azure.com:443/fabrikam/', true],
    ['https://fabrikam.visualstudio.com/x', true],
    ['https://FABRIKAM.visualstudio.com/', true],
    ['https://vsrm.dev.azure.com/Fabrikam/x', true],
    ['https://fabrikam.vsrm.visualstudio.com/x', true],
    ['https://vsrm.dev.azure.com/contoso/x', false],
    ['https://contoso.vsrm.visualstudio.com/fabrikam/', false],
    ['https://vsrm.visualstudio.com/fabrikam/', false],
    ['http://vsrm.dev.azure.com/fabrikam/x', false],
    ['https://vsrm.dev.azure.com.evil.example/fabrikam/x', false],
    ['https://dev.azure.com/fabrikam', false],
    ['https://dev.azure.com/fabrikam2/x', false],
    ['https://dev.azure.com/x/fabrikam/', false],
    ['https://dev.azure.com/fabrikam/../contoso/x', false],
    ['https://dev.azure.com/fabrikam/%2e%2e/contoso/x', false],
    ['https://dev.azure.com//fabrikam/x', false],
    ['https://dev.azure.com/contoso/../fabrikam/x', true],
    ['http://dev.azure.com/fabrikam/x', false],
    ['https://dev.azure.com:8443/fabrikam/x', false],
    ['https://vssps.dev.azure.com/fabrikam/x', false],
    ['https://dev.azure.com.evil.example/fabrikam/x', false],
    ['https://u@dev.azure.com/fabrikam/x', false],
    ['https://dev.azure.com/fabrikam/x@y', false],
    ['https://dev.azure.com\\fabrikam/x', false],
    ['https://dev.azure.com/fabrikam/ x', false],
    ['https://contoso.visualstudio.com/fabrikam/', false],
    ['https://visualstudio.com/fabrikam/', false],
    ['http://127.0.0.1:8080/fabrikam/x', false],
    ['wss://dev.azure.com/fabrikam/x', false],
    ['/fabrikam/x', false],
    ['', false],
  ] as const) {
    it(`${expected ? 'takes' : 'does not take'} ${JSON.stringify(text)} for a place of the organization`, () => {
      assert.equal(isWithin(fabrikam, text), expected);
      assert.equal(isWithin(old, text), expected, 'in its other form');
    });
  }

  for (const [text, expected] of [
    ['http://127.0.0.1:8080/fabrikam/x', true],
    ['http://127.0.0.1:8080/Fabrikam/x', true],
    ['http://127.0.0.1/fabrikam/x', false],
    ['http://127.0.0.1:8080/contoso/x', false],
    ['http://[::1]:8080/fabrikam/x', false],
    ['https://127.0.0.1:8080/fabrikam/x', false],
    ['https://fabrikam.visualstudio.com/x', false],
    ['https://dev.azure.com/fabrikam/x', false],
  ] as const) {
    it(`${expected ? 'takes' : 'does not take'} ${text} for a place of an organization on this machine`, () => {
      assert.equal(isWithin(local, text), expected);
    });
  }

  it('takes no text for one that leads elsewhere', () => {
    const piece = fc.constantFrom(
      'dev.azure.com',
      'fabrikam',
      '.visualstudio.com',
      'evil.example',
      '/',
      '@',
      '\\',
      '?',
    );
    const text = fc
      .tuple(
        fc.constantFrom('https://', 'http://', 'https:', '//'),
        fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))),
      )
      .map(([start, pieces]) => start + pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.webUrl()), (address) => {
        if (!isWithin(fabrikam, address)) return;
        const { origin, pathname, username, password } = new URL(address);
        assert.equal(username + password, '');
        if (origin === 'https://dev.azure.com') assert.match(pathname, /^\/fabrikam\//i);
        else assert.equal(origin, 'https://fabrikam.visualstudio.com');
      }),
      { numRuns: 3000 },
    );
  });
});

describe('hosts: organizations as people write them', () => {
  for (const url of [
    'HTTPS://DEV.AZURE.COM/fabrikam',
    'https://Dev.Azure.com/fabrikam/',
    'https://FABRIKAM.VisualStudio.COM',
  ]) {
    it(`are read in any case: ${url}`, () => {
      const { name, tokensUrl } = parseOrganization(url, 'input-invalid');
      assert.deepEqual([name, tokensUrl], ['fabrikam', 'https://vssps.dev.azure.com/fabrikam']);
    });
  }

  for (const host of ['vssps.dev.azure.com', 'vsrm.dev.azure.com', 'vsaex.dev.azure.com']) {
    it(`are not those of other services, and the message has the right one: ${host}`, () => {
      assert.throws(() => parseOrganization(`https://${host}/contoso`, 'input-invalid'), {
        code: 'organization-unsupported',
        message: /Write https:\/\/dev\.azure\.com\/contoso instead/,
      });
    });
  }
});
