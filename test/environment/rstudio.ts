import { BROWSER, signInRequest } from './rstudio-form.mjs';
import { type Generation, standInRstudio } from './stand-in-rstudio.ts';
import { askWeb, type WebAnswer } from './web.ts';

/** The image that tests of RStudio run on: the stand-in, or a real one that `EZJ_TEST_RSTUDIO` names. */
export function rstudioImage(generation: Generation = 'current'): string {
  return process.env.EZJ_TEST_RSTUDIO || standInRstudio(generation);
}

/** Cookies as a browser sends them back. */
export function cookieHeader({ headers }: WebAnswer): string {
  return (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
}

/** Whether the IDE opens with these cookies, and does not send to the sign-in. */
export async function isSignedIn(url: string, cookie: string): Promise<boolean> {
  return (await askWeb(url, { headers: { cookie, 'user-agent': BROWSER } })).status === 200;
}

/** Types user and password into RStudio's own form, again where it answers that the last try was a moment ago. */
export async function typePassword(url: string, credentials: { user: string; password: string }): Promise<WebAnswer> {
  for (;;) {
    const answer = await submitForm(url, credentials);
    if (!/[?&]error=2/.test(String(answer.headers.location))) return answer;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function submitForm(url: string, credentials: { user: string; password: string }): Promise<WebAnswer> {
  const { body: key } = await askWeb(new URL('/auth-public-key', url).href);
  return askWeb(new URL('/auth-do-sign-in', url).href, signInRequest(key, credentials));
}
