import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type AgentKey, clientAssertion } from './key';

interface Response {
  status: number;
  challenge: string;
  body: string;
}

/**
 * Proves that the agent can sign in with its own key: the server must ask for a bearer token, the token endpoint
 * must give one for the assertion, and the server must take it.
 */
export async function testConnection(
  serverUrl: string,
  agent: { clientId: string; authorizationUrl: string; key: AgentKey },
): Promise<void> {
  const connectionData = `${serverUrl}/_apis/connectionData?connectOptions=0`;
  const anonymous = await send('GET', connectionData, {});
  if (anonymous.status !== 401 || !/\bBearer\b/.test(anonymous.challenge)) {
    throw new Error(`The server did not ask for a bearer token: status ${anonymous.status}.`);
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(agent.key, agent.clientId, agent.authorizationUrl),
  });
  const granted = await send(
    'POST',
    agent.authorizationUrl,
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    form.toString(),
  );
  const { access_token: accessToken, error_description: refusal } = parse(granted.body);
  if (granted.status !== 200 || typeof accessToken !== 'string') {
    const skewed = typeof refusal === 'string' && refusal.includes('Current server time is');
    throw new Error(
      skewed
        ? 'The local machine clock may be out of sync with the server time by more than five minutes.'
        : `The agent could not sign in: ${refusal ?? `status ${granted.status}`}`,
    );
  }
  const signedIn = await send('GET', connectionData, { Authorization: `Bearer ${accessToken}` });
  if (signedIn.status !== 200) throw new Error(`The server refused the agent's own token: status ${signedIn.status}.`);
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

function send(method: string, url: string, headers: Record<string, string>, body?: string): Promise<Response> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        headers: { Accept: 'application/json', 'X-TFS-FedAuthRedirect': 'Suppress', ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          resolve({
            status: incoming.statusCode ?? 0,
            challenge: incoming.headers['www-authenticate'] ?? '',
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
