import { type Answer, envelope } from '../requests/answers';

const notFound = (typeKey: string, message: string) => envelope(404, typeKey, message);
const json = (status: number, body: unknown): Answer => ({ status, json: body });

/** Answers that people have had from Azure DevOps, or from a machine between, and that are easily taken for another. */
export const namedAnswers = {
  hostDoesNotExist: notFound(
    'HostDoesNotExistException',
    'TF400724: The host with id 3b1c9d5e-0000-0000-0000-000000000000 does not exist.',
  ),
  organizationRenamed: notFound(
    'HostDoesNotExistException',
    'TF400016: The organization has been renamed or moved; its former address is not in use.',
  ),
  resourceNotFound: notFound('VssResourceNotFoundException', 'API resource location was not found on this server.'),
  projectDoesNotExist: notFound('ProjectDoesNotExistException', 'VS800075: The project does not exist.'),
  sessionTokenNotFound: notFound('SessionTokenNotFoundException', 'The session token could not be found.'),
  gatewayNotFound: json(404, { error: 'not found' }),
  textNotFound: json(404, 'nope'),
  emptyNotFound: { status: 404 },
  blockedByPolicy: json(200, { error: 'blocked by policy' }),
  accessCheckFailed: json(200, { typeKey: 'AccessCheckException' }),
  nullBody: json(200, null),
  emptyObject: json(200, {}),
  emptyBody: { status: 200 },
  conditionalAccess: envelope(
    403,
    'AccessCheckException',
    'VS403463: The conditional access policy defined by your Entra administrator has failed.',
  ),
  claimsChallenge: {
    status: 401,
    headers: {
      'WWW-Authenticate': `Bearer authorization_uri="https://login.microsoftonline.com/common", error="insufficient_claims", claims="${Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}').toString('base64')}"`,
    },
  },
  failedToReadTenantPolicy: json(400, {
    patToken: null,
    patTokenError: 'failedToReadTenantPolicy',
    patTokenErrorMessage: 'The policies of the tenant could not be read.',
  }),
} satisfies Record<string, Answer>;

export type NamedAnswer = keyof typeof namedAnswers;
