import { randomBytes } from 'node:crypto';

const LIFE_MS = 60_000;
/** How long a link that was used or is too old is remembered, so that its page can name the command for a new one. */
const REMEMBERED_MS = 24 * 60 * 60_000;

/** Where a browser goes from a link, and with what. */
export interface Destination {
  location: string;
  /** `Set-Cookie` lines. */
  cookies: string[];
}

/** What a link leads to. */
export interface LinkTarget {
  /** Name of the session. */
  name: string;
  /** Origins that its use may lead to: what the page's policy lets a form do. */
  origins: string[];
  /** The hostname of its own that the session is to be opened on; missing where any will do. */
  hostname?: string;
  /** Whether another session in the same browser would be signed out, were this one opened without a hostname of its own. */
  sharesCookies: boolean;
  /** Makes the way in; `ownHostname` tells on which hostname the browser is. */
  use(ownHostname: boolean): Promise<Destination>;
}

/** A link as it was found by its secret. */
export type Found = { state: 'fresh'; target: LinkTarget } | { state: 'over'; name: string } | { state: 'unknown' };

/** One-time secrets that lead to sessions, each for a minute. */
export class Links {
  readonly #targets = new Map<string, LinkTarget>();
  readonly #over = new Map<string, string>();

  /** Gives the secret of a new link. */
  add(target: LinkTarget): string {
    const secret = randomBytes(24).toString('base64url');
    this.#targets.set(secret, target);
    setTimeout(() => this.#end(secret), LIFE_MS).unref();
    return secret;
  }

  /** Looks without using it up. */
  find(secret: string): Found {
    const target = this.#targets.get(secret);
    if (target) return { state: 'fresh', target };
    const name = this.#over.get(secret);
    return name === undefined ? { state: 'unknown' } : { state: 'over', name };
  }

  /** Uses it up. */
  take(secret: string): Found {
    const found = this.find(secret);
    this.#end(secret);
    return found;
  }

  #end(secret: string): void {
    const target = this.#targets.get(secret);
    if (!target) return;
    this.#targets.delete(secret);
    this.#over.set(secret, target.name);
    setTimeout(() => this.#over.delete(secret), REMEMBERED_MS).unref();
  }
}
