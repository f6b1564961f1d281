import { toEzjError } from '../../protocol/errors.ts';
import { escapeHtml, type Page } from './html.ts';
import type { Found, LinkTarget } from './links.ts';

/** How long a browser may take to resolve the own hostname of the session. */
const CHECK_MS = 3000;

/** The page of a link, whose form opens the session. */
export function openPage(target: LinkTarget, { secret, port }: { secret: string; port: number }): Page {
  const { name, hostname, sharesCookies, origins } = target;
  const ownOrigin = hostname === undefined ? undefined : `http://${hostname}:${port}`;
  const warning = `<p id="sharesCookies" hidden>Your browser cannot open this session on its own hostname. At its address, your sessions share
one set of cookies: what runs in another session can use this one, and RStudio signs you out of the others.</p>`;
  return {
    status: 200,
    title: `Opening ${name}`,
    body: `<form method="post" action="/open"><input type="hidden" name="secret" value="${escapeHtml(secret)}">
${sharesCookies ? warning : ''}<button>Open ${escapeHtml(name)}</button></form>`,
    script: ownOrigin ? askHostname(ownOrigin, sharesCookies) : goOn(sharesCookies),
    connect: ownOrigin ? [ownOrigin] : [],
    forms: [`http://127.0.0.1:${port}`, ...(ownOrigin ? [ownOrigin] : []), ...origins],
  };
}

function askHostname(ownOrigin: string, sharesCookies: boolean): string {
  return `fetch(${JSON.stringify(`${ownOrigin}/here`)}, { signal: AbortSignal.timeout(${CHECK_MS}) }).then((answer) => answer.ok, () => false).then((found) => {
  if (found) document.forms[0].action = ${JSON.stringify(`${ownOrigin}/open`)};
  if (found) document.forms[0].submit();
  else { ${goOn(sharesCookies)} }
});`;
}

/** If other sessions would be signed out, the user decides. */
function goOn(sharesCookies: boolean): string {
  return sharesCookies ? "document.getElementById('sharesCookies').hidden = false;" : 'document.forms[0].submit();';
}

/** The page of a used or expired link, with the command for a new one. */
export function overPage(found: Found): Page {
  const command = 'name' in found ? `ezj open ${found.name}` : 'ezj open';
  return {
    status: 410,
    title: 'This link has expired',
    body: `<p>It was already used or is more than a minute old. To get a new one, type</p><p><code>${escapeHtml(command)}</code></p>`,
  };
}

/** The page for a session that could not be opened. */
export function failedPage(name: string, thrown: unknown): Page {
  const { message, hint, httpStatus } = toEzjError(thrown);
  return {
    status: httpStatus,
    title: `${name} could not be opened`,
    body: `<p>${escapeHtml(message)}</p>${hint ? `<p>${escapeHtml(hint)}</p>` : ''}`,
  };
}
