import type { User } from '../directory/entities';
import type { RedirectPlatform } from '../directory/registration';
import { secret } from '../secret';

/** What an application asks a person to sign in for. */
export interface SignInRequest {
  clientId: string;
  redirectUri: string;
  platform: RedirectPlatform;
  scope: string;
  state: string | undefined;
  nonce: string | undefined;
  codeChallenge: string | undefined;
}

/** An authorization code: it is good once, for ten minutes. */
export interface AuthorizationCode {
  value: string;
  request: SignInRequest;
  user: User;
  expiresAt: number;
  redeemed: boolean;
}

const codeLifetime = 10 * 60_000;

/** Sign-ins under way, and codes that were given. */
export class SignIns {
  readonly codes: AuthorizationCode[] = [];
  readonly #requests = new Map<string, SignInRequest>();
  readonly #users = new Map<string, User>();

  /** Remembers a request while its page is open; the answer stands for it there. */
  begin(request: SignInRequest): string {
    const id = secret(24);
    this.#requests.set(id, request);
    return id;
  }

  request(id: string): SignInRequest | undefined {
    return this.#requests.get(id);
  }

  /** Notes who signed in on a page that goes on to ask for consent. */
  remember(id: string, user: User): void {
    this.#users.set(id, user);
  }

  userOf(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** The end of a sign-in. */
  giveCode(id: string, user: User, now: number): AuthorizationCode {
    const request = this.#requests.get(id);
    if (!request) throw new Error('There is no such sign-in');
    this.#requests.delete(id);
    this.#users.delete(id);
    const code = { value: `1.${secret(700)}`, request, user, expiresAt: now + codeLifetime, redeemed: false };
    this.codes.push(code);
    return code;
  }
}
