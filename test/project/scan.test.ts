import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vulnerabilitiesOf } from '../../scripts/release/vulnerabilities';

const components = [{ purl: 'pkg:npm/semver@5.7.2' }, { purl: 'pkg:npm/%40scope/name@1.0.0' }];

/** Runs a test beside a database that gives one answer, and returns what the database was asked. */
async function withDatabase(status: number, body: string, test: (url: string) => Promise<void>): Promise<unknown> {
  let asked: unknown;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked = { path: `${request.method} ${request.url}`, body: JSON.parse(text) };
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
  return asked;
}

describe('the scan of a bill of materials', () => {
  it('asks for every library, and names what is known of each', async () => {
    const answer = { results: [{ vulns: [{ id: 'GHSA-1' }, { id: 'GHSA-2' }] }, {}] };
    const asked = await withDatabase(200, JSON.stringify(answer), async (url) => {
      const [{ purl } = { purl: '' }] = components;
      assert.deepEqual(await vulnerabilitiesOf(components, url), [
        { purl, id: 'GHSA-1' },
        { purl, id: 'GHSA-2' },
      ]);
    });
    const queries = components.map(({ purl }) => ({ package: { purl } }));
    assert.deepEqual(asked, { path: 'POST /v1/querybatch', body: { queries } });
  });

  for (const [what, status, body, message] of [
    ['an error', 503, '{}', /^Error: 127\.0\.0\.1:\d+ answered 503\.$/],
    ['a page', 200, '<html>', /did not answer for each of the 2 libraries/],
    ['an answer for some libraries alone', 200, '{"results": [{}]}', /did not answer for each/],
    ['a part of an answer', 200, '{"results": [{}, {"next_page_token": "x"}]}', /did not answer for each/],
  ] as const) {
    it(`takes ${what} for no scan, and never for a good one`, async () => {
      await withDatabase(status, body, async (url) => {
        await assert.rejects(vulnerabilitiesOf(components, url), message);
      });
    });
  }

  it('says that the database cannot be asked', async () => {
    await assert.rejects(
      vulnerabilitiesOf(components, 'http://127.0.0.1:1'),
      /^Error: 127\.0\.0\.1:1 cannot be asked: /,
    );
  });
});
