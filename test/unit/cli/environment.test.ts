import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostNetwork } from '../../../src/cli/host-network.ts';
import { parseEnvFile, parseVariable, readEnvFile } from '../../../src/cli/options/environment.ts';

describe('variables for the container', () => {
  test('KEY=VALUE keeps the value to the last character', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseVariable(`KEY=${value}`, {})).toEqual(['KEY', value]);
      }),
    );
  });

  test('KEY alone hands on the variable of the same name', () => {
    expect(parseVariable('HERE', { HERE: 'yes' })).toEqual(['HERE', 'yes']);
  });

  test('KEY alone is refused where there is no such variable', () => {
    expect(() => parseVariable('NOWHERE', {})).toThrow('you have no variable NOWHERE');
  });

  test.each(['', '=x', 'A B=x', '1A=x'])('%j is refused', (text) => {
    expect(() => parseVariable(text, {})).toThrow(/^--env ".*" is not accepted/);
  });

  test('a file has remarks, empty lines, values as they stand, and variables that are handed on', () => {
    const text = '\ufeff# remark\n\nA=1\r\nB="x y" # no remark\n  C=\nHERE\nNOWHERE\n';
    expect(parseEnvFile(text, 'f', { HERE: 'yes' })).toEqual({ A: '1', B: '"x y" # no remark', C: '', HERE: 'yes' });
  });

  test('a line that does not fit is named with file and number', () => {
    expect(() => parseEnvFile('A=1\nexport B=2\n', 'my.env', {})).toThrow(
      /"my\.env:2" is not accepted: line 2 .*export B=2/,
    );
  });

  test('a file that cannot be read is refused in one line', () => {
    expect(() => readEnvFile('/nowhere/x.env', {})).toThrow(
      /^--env-file "\/nowhere\/x\.env" is not accepted: .*there is none/,
    );
  });
});

describe('the network of the host', () => {
  test('proxies of both cases are handed on, empty ones are not', () => {
    const env = { HTTP_PROXY: 'http://p:1', no_proxy: 'localhost', https_proxy: '' };
    expect(readHostNetwork(env).proxy).toEqual({ HTTP_PROXY: 'http://p:1', no_proxy: 'localhost' });
  });

  test('the first bundle that exists is taken', () => {
    const env = { SSL_CERT_FILE: '/gone.pem', REQUESTS_CA_BUNDLE: '/b.pem', CURL_CA_BUNDLE: '/c.pem' };
    expect(readHostNetwork(env, (file) => file !== '/gone.pem').certificates).toBe('/b.pem');
    expect(readHostNetwork({}).certificates).toBeUndefined();
  });
});
