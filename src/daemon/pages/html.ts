import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** A page: its content, and the permissions of its script. */
export interface Page {
  status: number;
  title: string;
  /** Must be safe HTML. */
  body: string;
  script?: string;
  /** Origins that its script may call. */
  connect?: string[];
  /** Origins that its forms may lead to, including redirects. */
  forms?: string[];
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em;color-scheme:light dark}
code{background:#8883;padding:.1em .3em;border-radius:.2em}button{font:inherit;padding:.3em 1em}`;

/** Sends a page with a policy that allows only what the page needs. Browsers must not cache it. */
export function sendPage(response: ServerResponse, page: Page): void {
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(page.status, {
    ...PRIVATE,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'nonce-${nonce}'`,
      `script-src ${page.script ? `'nonce-${nonce}'` : "'none'"}`,
      `connect-src ${originsOf(page.connect)}`,
      `form-action ${originsOf(page.forms)}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(page.title)}</title>
<meta name="viewport" content="width=device-width"><style nonce="${nonce}">${STYLE}</style>
<h1>${escapeHtml(page.title)}</h1>${page.body}${page.script ? `<script nonce="${nonce}">${page.script}</script>` : ''}</html>\n`);
}

const ORIGIN = /^http:\/\/[\w.:[\]-]+$/;

/** Origins as a list of the policy. Anything else would be a directive of its own. */
function originsOf(origins: string[] = []): string {
  const foreign = origins.find((origin) => !ORIGIN.test(origin));
  if (foreign !== undefined) throw new Error(`${JSON.stringify(foreign)} is not an origin.`);
  return origins.join(' ') || "'none'";
}

/**
 * Headers of every response. The referrer contains only the origin, because the address of a page contains a secret.
 */
export const PRIVATE = {
  'cache-control': 'no-store',
  'referrer-policy': 'origin',
  'x-content-type-options': 'nosniff',
};

/** Escapes text for HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
