import { readFile, rm, watch, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Sandbox } from './sandbox.ts';

/** An answer, redirects not followed. */
export interface WebAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Asks as whoever can reach the port could: any Host and any other header; names below localhost lead to this machine. */
export function askWeb(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string } = {},
): Promise<WebAnswer> {
  const { host, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path: `${pathname}${search}`, headers: { host, ...headers } };
    const call = http.request({ ...options, agent: false }, (answer) => {
      text(answer).then(
        (said) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: said }),
        reject,
      );
    });
    call.on('error', reject).end(body);
  });
}

/** Uses a link up as its page does: the form, posted from the link's own origin or from the one given. */
export function postLink(link: string, given: { from?: string; to?: string } = {}): Promise<WebAnswer> {
  const { from = new URL(link).origin, to = from } = given;
  return askWeb(`${to}/open`, {
    method: 'POST',
    headers: { origin: from, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ secret: path.basename(new URL(link).pathname) }).toString(),
  });
}

/** Runs `ezj open` with a browser that notes what it was given, and gives that. */
export async function openLink({ home, run }: Sandbox, args: string[] = []): Promise<string> {
  const [browser, said] = [path.join(home, 'browser'), path.join(home, 'opened')];
  await rm(said, { force: true });
  await writeFile(browser, `#!/bin/sh\nprintf %s "$1" > ${said}.new && mv ${said}.new ${said}\n`, { mode: 0o755 });
  const opened = waitForFile(home, 'opened');
  const { exitCode, stderr } = await run(['open', ...args], { env: { BROWSER: browser } });
  if (exitCode !== 0 || !/is opened in the browser\n$/.test(stderr)) throw new Error(`ezj open: ${exitCode} ${stderr}`);
  await opened;
  return readFile(said, 'utf8');
}

/** Resolves when a file of that name appears in a folder that is there. */
async function waitForFile(folder: string, name: string): Promise<void> {
  for await (const { filename } of watch(folder)) if (filename === name) return;
}
