import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pythonBeyond } from '../../../src/installed/installed-python.ts';
import { rBeyond } from '../../../src/installed/installed-r.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { Runtime } from '../../../src/sessions/runtime.ts';
import { parsePackages } from '../../../src/sharing/archive/image-packages.ts';
import { cpuMs } from '../../environment/cpu-time.ts';

const user = { id: 'c', user: '1:1' };

/** A session whose Python and R print this. */
const sessionThat = (output: string) => ({ run: async () => ({ exitCode: 0, output }) }) as unknown as Runtime;

const onPython = (list: unknown) =>
  pythonBeyond(sessionThat(`\nezj-installed ${JSON.stringify(list)}\n`), user, { asked: [], changed: [] });

test('whatever Python prints, it is a list of packages or an error of one line', async () => {
  const known = fc.record({ found: fc.array(fc.object()), asked: fc.anything() }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), known), async (list) => {
      const outcome = await onPython(list).catch((error: unknown) => error);
      if (!(outcome instanceof EzjError)) expect(outcome).toHaveProperty('packages');
    }),
  );
  await expect(onPython({ found: [{ name: 1 }] })).rejects.toMatchObject({ code: 'image-unsuitable' });
});

test('many packages take a time that grows with their number alone', async () => {
  const count = 30_000;
  const one = { version: '1.0', folder: '/f', isRequested: true, requires: [], direct: null };
  const found = Array.from({ length: count }, (_, i) => ({ ...one, name: `p${i}`, isInHome: i % 2 === 0 }));
  const lines = found.map(({ name }, i) => `ezj-installed\t${name}\t1.0\t/lib\t${i % 2 ? 'TRUE' : 'FALSE'}\t\t`);
  const begin = cpuMs();
  expect((await onPython({ found, asked: [] })).packages).toHaveLength(count / 2);
  const r = await rBeyond(sessionThat(lines.join('\n')), user, { asked: [], changed: lines });
  expect(r.packages).toHaveLength(count / 2);
  const listed = parsePackages(`[python]\n${found.map(({ name }) => `${name}==1`).join('\n')}\n[__proto__]\nx==1`);
  expect(Object.keys(listed.python ?? {})).toHaveLength(count);
  expect(Object.keys(listed)).toEqual(['python']);
  expect(cpuMs() - begin).toBeLessThan(5000);
});
