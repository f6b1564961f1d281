import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { inSession, runJson } from './notebooks.ts';

// PyPI and CRAN as a session meets them, on the bridge's address: real pip and real install.packages run against it.
let packages: Map<string, Buffer>;
let index: http.Server;
let address: string;

beforeAll(async () => {
  packages = new Map([
    ['/simple/fromindex/', Buffer.from('<a href="/fromindex-1.0-py3-none-any.whl">fromindex</a>')],
    ['/fromindex-1.0-py3-none-any.whl', makeWheel('fromindex')],
    ['/src/contrib/PACKAGES', Buffer.from('Package: fromindex\nVersion: 1.0\nLicense: MIT\n')],
    ['/src/contrib/fromindex_1.0.tar.gz', await makeSourcePackage('fromindex')],
  ]);
  index = http.createServer(({ url = '' }, answer) => {
    const content = packages.get(url);
    answer.writeHead(content ? 200 : 404, { 'content-type': url.endsWith('/') ? 'text/html' : 'application/gzip' });
    answer.end(content);
  });
  await new Promise<void>((resolve) => index.listen(0, '0.0.0.0', resolve));
  const { IPAM } = (await request({ path: '/networks/bridge' })) as {
    IPAM: { Config: { Subnet: string; Gateway?: string }[] };
  };
  const [{ Subnet = '', Gateway = Subnet.replace(/\d+\/\d+$/, '1') } = {}] = IPAM.Config;
  address = `${Gateway}:${(index.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => index.close(resolve)));

test.each([0, 12345])('what uid %d installs with pip and install.packages outlives the session', async (uid) => {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  await writeFile(path.join(sandbox.project, 'fromfile-1.0-py3-none-any.whl'), makeWheel('fromfile'));
  await writeFile(path.join(sandbox.project, 'fromfile_1.0.tar.gz'), await makeSourcePackage('fromfile'));
  const settings = [`PIP_INDEX_URL=http://${address}/simple/`, `PIP_TRUSTED_HOST=${address}`, `CRAN=http://${address}`];
  const start = () => runJson(sandbox, ['-R', '-d', ...settings.flatMap((setting) => ['-e', setting])]);
  await start();
  const said = [
    await install(sandbox, ['pip', 'install', '--no-index', 'fromfile-1.0-py3-none-any.whl']),
    await install(sandbox, ['pip', 'install', 'fromindex']),
    await install(sandbox, inR('install.packages("fromfile_1.0.tar.gz", repos = NULL, type = "source")')),
    await install(sandbox, inR('install.packages("fromindex")')),
  ].join('\n');
  // Each has spoken, and where warnings would stand.
  expect(said.match(/Successfully installed|\* DONE/g)).toHaveLength(4);
  expect(said).not.toMatch(/warning|error/i);
  await expectPackages(sandbox);
  await sandbox.run(['stop']);
  await start();
  await expectPackages(sandbox);
});

async function expectPackages(sandbox: Sandbox): Promise<void> {
  // The second line is of the command that the package brings, which is on the PATH.
  const asked = ['fromfile', 'fromindex'].map(
    (name) => `python3 -c "import ${name}; print(${name}.answer())"
${name}-answer
Rscript -e 'cat(${name}::answer(), "\\n")'`,
  );
  const said = await inSession(sandbox, ['sh', '-ec', asked.join('\n')]);
  const lines = ['fromfile', 'fromindex'].flatMap((name) => Array(3).fill(`${name} 42`));
  expect(said.split(/ *\n/)).toEqual(lines);
}

function inR(code: string): string[] {
  return ['Rscript', '-e', code];
}

/** What an installation says: on both streams, for pip and R warn on stderr. */
async function install(sandbox: Sandbox, cmd: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', ...cmd]);
  expect(exitCode, stderr).toBe(0);
  return stdout + stderr;
}

/** A pure Python wheel with one function and one command. https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
function makeWheel(name: string): Buffer {
  const info = `${name}-1.0.dist-info`;
  const files: Record<string, string> = {
    [`${name}/__init__.py`]: `def answer():\n    return "${name} 42"\n\ndef main():\n    print(answer())\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name}-answer = ${name}:main\n`,
  };
  const record = [...Object.keys(files), `${info}/RECORD`].map((file) => `${file},,\n`).join('');
  return makeZip({ ...files, [`${info}/RECORD`]: record });
}

/** A zip archive without compression. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
function makeZip(files: Record<string, string>): Buffer {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [file, text] of Object.entries(files)) {
    const [name, content] = [Buffer.from(file), Buffer.from(text)];
    // Version, flags, method, time, date (1980-01-01), checksum, both sizes, lengths of the name and of the extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, content]);
    // Length of the comment, disk, attributes inside and outside (a file of mode 644), where the entry stands.
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o100644 * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, name);
    entries.push(entry);
    offset += entry.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...entries, central, Buffer.from('PK\x05\x06'), end]);
}

/** An R source package with one function, as `R CMD build` packs it. */
async function makeSourcePackage(name: string): Promise<Buffer> {
  const archive = pack();
  const description = {
    Package: name,
    Version: '1.0',
    Title: 'One Answer',
    Description: 'Made by a test.',
    Author: 'A Test',
    Maintainer: 'A Test <test@example.org>',
    License: 'MIT',
  };
  const fields = Object.entries(description).map(([field, value]) => `${field}: ${value}\n`);
  archive.entry({ name: `${name}/DESCRIPTION` }, fields.join(''));
  archive.entry({ name: `${name}/NAMESPACE` }, 'export(answer)\n');
  archive.entry({ name: `${name}/R/answer.R` }, `answer <- function() "${name} 42"\n`);
  archive.finalize();
  return gzipSync(await buffer(archive));
}
