import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { crc32, gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { request } from './engine-api.ts';

/** A simple index of Python packages (https://peps.python.org/pep-0503/), where containers reach it. */
export interface PackageIndex {
  /** With the user and password that it asks for. */
  url: string;
  host: string;
  password: string;
  /** Paths of the files that were fetched so far. */
  fetched: string[];
  /** Adds `NAME-VERSION…` to what it has. */
  add: (file: string, content: Buffer) => void;
  close: () => Promise<void>;
}

/** Serves packages on the address that the engine's bridge has on this machine. */
export async function startIndex({ password = 'geheim-4711' } = {}): Promise<PackageIndex> {
  const host = await bridgeAddress();
  const files = new Map<string, Buffer>();
  const fetched: string[] = [];
  const expected = `Basic ${Buffer.from(`somebody:${password}`).toString('base64')}`;
  const server = http.createServer((call, answer) => {
    const path = decodeURIComponent(new URL(call.url ?? '/', 'http://index').pathname);
    if (call.headers.authorization !== expected) {
      return void answer.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end();
    }
    const content = files.get(path.replace('/files/', ''));
    if (content) {
      fetched.push(path);
      return void answer.writeHead(200, { 'cache-control': 'max-age=31536000' }).end(content);
    }
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const names = [...files.keys()].filter((file) => normalize(file.replace(/-\d.*/, '')) === project);
    if (project === undefined || names.length === 0) return void answer.writeHead(404).end();
    const links = names.map((name) => `<a href="../../files/${name}">${name}</a>`).join('\n');
    answer.writeHead(200, { 'content-type': 'text/html' }).end(`<!DOCTYPE html><html><body>${links}</body></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://somebody:${password}@${host}:${port}/simple/`,
    host,
    password,
    fetched,
    add: (file, content) => void files.set(file, content),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

/** The address of this machine on the engine's default network. */
export async function bridgeAddress(): Promise<string> {
  const { IPAM } = (await request({ path: '/networks/bridge' })) as {
    IPAM: { Config: { Gateway?: string; Subnet?: string }[] };
  };
  const [{ Gateway, Subnet } = {}] = IPAM.Config;
  // An engine that was told none takes the first address.
  const gateway = Gateway ?? Subnet?.replace(/\.0\/\d+$/, '.1');
  if (!gateway) throw new Error('The engine has no bridge with an address.');
  return gateway;
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** A wheel that holds one module of this text, and needs what `requires` names. */
export function makeWheel(
  name: string,
  version: string,
  module: string,
  requires: string[] = [],
): [file: string, content: Buffer] {
  const info = `${name}-${version}.dist-info`;
  const needs = requires.map((each) => `Requires-Dist: ${each}\n`).join('');
  const files = {
    [`${name}.py`]: module,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needs}`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: ezj\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  };
  return [`${name}-${version}-py3-none-any.whl`, zip(files)];
}

/**
 * A source package with a C extension. It is its own build backend (https://peps.python.org/pep-0517/#in-tree-build-backends), so that
 * nothing else has to be in the index: it calls the compiler and writes the wheel.
 */
export async function makeExtension(name: string, version: string): Promise<[file: string, content: Buffer]> {
  const source = `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "${name}", NULL, -1, methods};
PyMODINIT_FUNC PyInit_${name}(void) { return PyModule_Create(&module); }
`;
  const backend = `import subprocess, sysconfig, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    library = "${name}" + sysconfig.get_config_var("EXT_SUFFIX")
    include = "-I" + sysconfig.get_path("include")
    subprocess.run(["gcc", "-shared", "-fPIC", include, "${name}.c", "-o", library], check=True)
    tag = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    wheel = f"${name}-${version}-{tag}.whl"
    info = "${name}-${version}.dist-info/"
    with zipfile.ZipFile(f"{folder}/{wheel}", "w") as z:
        z.write(library)
        z.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n")
        z.writestr(info + "WHEEL", f"Wheel-Version: 1.0\\nGenerator: ezj\\nRoot-Is-Purelib: false\\nTag: {tag}\\n")
        z.writestr(info + "RECORD", "")
    return wheel
`;
  return makeSource(name, version, { [`${name}.c`]: source, 'backend.py': backend });
}

/** A source package of these files, with `backend.py` as its build backend. */
export async function makeSource(
  name: string,
  version: string,
  files: Record<string, string>,
): Promise<[file: string, content: Buffer]> {
  const pyproject = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
  const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
  const folder = `${name}-${version}`;
  const content = await makeArchive(
    Object.fromEntries(
      Object.entries({ ...files, 'pyproject.toml': pyproject, 'PKG-INFO': metadata }).map(([file, text]) => [
        `${folder}/${file}`,
        text,
      ]),
    ),
  );
  return [`${folder}.tar.gz`, content];
}

/** A `.tar.gz` of these files. */
export async function makeArchive(files: Record<string, string>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  tar.finalize();
  return promisify(gzip)(await buffer(tar));
}

/** An archive without compression. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3 */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [title, content] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const part = Buffer.concat([Buffer.from('PK\x03\x04'), common, title, content]);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), common, tail, title);
    parts.push(part);
    offset += part.length;
  }
  const index = Buffer.concat(directory);
  const count = Object.keys(files).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
