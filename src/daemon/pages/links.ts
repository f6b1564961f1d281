import { randomBytes } from 'node:crypto';

const LIFE_MS = 60_000;
/** How long ezj remembers a used or expired link, to name the command for a new one on its page. */
const REMEMBERED_MS = 24 * 60 * 60_000;

/** The address to which a link sends the browser, and the cookies. */
export interface Destination {
  location: string;
  /** `Set-Cookie` lines. */
  cookies: string[];
}

/** The target of a link. */
export interface LinkTarget {
  /** The name of the session. */
  name: string;
  /** Origins to which the form of the page may lead. */
  origins: string[];
  /** The own hostname on which to open the session; missing if any hostname works. */
  hostname?: string;
  /** Whether opening this session without its own hostname would sign out another session in the same browser. */
  sharesCookies: boolean;
  /** Gets the destination. `ownHostname`: whether the browser uses the session's own hostname. */
  use(ownHostname: boolean): Promise<Destination>;
}

/** The result of a search for a link by its secret. */
export type Found = { state: 'fresh'; target: LinkTarget } | { state: 'over'; name: string } | { state: 'unknown' };

/** One-time links to sessions. Each is valid for a minute. */
export class Links {
  readonly #targets = new Map<string, LinkTarget>();
  readonly #over = new Map<string, string>();
  readonly #onEnd = new Map<string, () => void>();

  /** Creates a link and returns its secret. `onEnd` is called when it is used or too old. */
  add(target: LinkTarget, onEnd: () => void): string {
    const secret = randomBytes(24).toString('base64url');
    this.#targets.set(secret, target);
    this.#onEnd.set(secret, onEnd);
    setTimeout(() => this.#end(secret), LIFE_MS).unref();
    return secret;
  }

  /** Finds a link without using it. */
  find(secret: string): Found {
    const target = this.#targets.get(secret);
    if (target) return { state: 'fresh', target };
    const name = this.#over.get(secret);
    return name === undefined ? { state: 'unknown' } : { state: 'over', name };
  }

  /** Finds a link and uses it. */
  take(secret: string): Found {
    const found = this.find(secret);
    this.#end(secret);
    return found;
  }

  #end(secret: string): void {
    const target = this.#targets.get(secret);
    if (!target) return;
    this.#targets.delete(secret);
    this.#onEnd.get(secret)?.();
    this.#onEnd.delete(secret);
    this.#over.set(secret, target.name);
    setTimeout(() => this.#over.delete(secret), REMEMBERED_MS).unref();
  }
}
