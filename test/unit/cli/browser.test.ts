import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { browserCommand, sshTunnelLine, whyNoBrowser } from '../../../src/cli/browser.ts';

const linux = (env: NodeJS.ProcessEnv) => whyNoBrowser({ env, platform: 'linux' });
const { username } = userInfo();

describe('the browser', () => {
  test('is opened where there is a display, on macOS and Windows, and in WSL', () => {
    expect(linux({ DISPLAY: ':0' })).toBeUndefined();
    expect(linux({ WAYLAND_DISPLAY: 'wayland-0' })).toBeUndefined();
    expect(linux({ WSL_DISTRO_NAME: 'Debian' })).toBeUndefined();
    expect(whyNoBrowser({ env: {}, platform: 'darwin' })).toBeUndefined();
  });

  test('is not opened over ssh, without a display, or where BROWSER is none', () => {
    expect(linux({ SSH_CONNECTION: '1 2 3 22', DISPLAY: ':10' })).toContain('ssh');
    expect(linux({})).toContain('no display');
    expect(linux({ BROWSER: 'none', DISPLAY: ':0' })).toContain('BROWSER');
  });

  test('is what BROWSER names, display or not', () => {
    expect(linux({ BROWSER: 'w3m' })).toBeUndefined();
    expect(browserCommand('firefox --private-window:w3m', 'http://x')).toEqual([
      'firefox',
      '--private-window',
      'http://x',
    ]);
    expect(browserCommand('lynx -dump %s', 'http://x')).toEqual(['lynx', '-dump', 'http://x']);
  });
});

describe('the ssh line', () => {
  const session = { bind: '127.0.0.1', port: 8888 };

  test('leads from the same port here to the host that was logged in to', () => {
    const env = { SSH_CONNECTION: '10.0.0.9 51000 10.0.0.1 22' };
    expect(sshTunnelLine(session, env)).toBe(`ssh -L 8888:127.0.0.1:8888 ${username}@10.0.0.1`);
  });

  test('has the port of a server that is not on 22', () => {
    const env = { SSH_CONNECTION: 'fe80::9 51000 fe80::1 2222' };
    expect(sshTunnelLine({ bind: '::1', port: 80 }, env)).toBe(`ssh -p 2222 -L 80:[::1]:80 ${username}@fe80::1`);
  });

  test('is for ssh connections', () => expect(sshTunnelLine(session, {})).toBeUndefined());
});
