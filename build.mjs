// Bundles the command line and the daemon, so that the package needs no node_modules. The daemon is one file and the parser
// of its projects another. The command line is a few, because reading code takes time even if it does not run, and most of
// it serves one command.
// Writes everything beside dist/ and moves it at the end, so that an interrupted build leaves no dist/ that looks finished.
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { loadSource } from './load-source.mjs';

const root = import.meta.dirname;
const staging = path.join(root, `.dist-${process.pid}`);

/** Packages that ezj never calls: ezj uses no engine over ssh, and the classic builder instead of grpc. */
const unusedParts = {
  name: 'unused-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|cpu-features)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'unused',
    }));
    // For commander's sub-commands in separate files, which ezj does not use. Loading this takes 5 ms.
    onResolve({ filter: /^node:child_process$/ }, ({ path: name, importer }) =>
      importer.includes('/commander/') ? { path: name, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  metafile: true,
  absWorkingDir: root,
  plugins: [unusedParts],
  define: { 'import.meta.url': '__importMetaUrl' },
  logLevel: 'warning',
};
const importMetaUrl = 'const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;';

// Read first, because commits that arrive during a build are not in it.
const revision = createRequire(import.meta.url)('./bin/checkout.js').revision();
await mkdir(staging, { recursive: true });
process.on('exit', () => rmSync(staging, { recursive: true, force: true }));
const results = await Promise.all([
  buildCommandLine(),
  build({
    ...common,
    keepNames: true,
    entryPoints: { daemon: 'src/daemon/main.ts', parser: 'src/daemon/parser-main.ts' },
    outdir: staging,
    outExtension: { '.js': '.cjs' },
    banner: { js: importMetaUrl },
  }),
]);
await chmod(path.join(staging, 'ezj.cjs'), 0o755);
await writeFile(path.join(staging, 'package.json'), '{"type":"commonjs"}\n');
await writeFile(path.join(staging, 'revision'), revision);
await writeFile(path.join(staging, 'THIRD-PARTY-LICENSES.txt'), await collectLicenses(results));

const dist = path.join(root, 'dist');
const old = `${staging}-old`;
if (existsSync(dist)) await rename(dist, old);
await rename(staging, dist);
await rm(old, { recursive: true, force: true });

/**
 * Splits the command line at its `import()`s. esbuild splits only ES modules, which node loads more slowly than CommonJS,
 * so this converts each part to CommonJS.
 */
async function buildCommandLine() {
  const { COMMANDS, rootHelp } = await loadSource('src/cli/from-declarations.ts');
  const built = await build({
    ...common,
    define: { ...common.define, ROOT_HELP: JSON.stringify(rootHelp(COMMANDS)) },
    format: 'esm',
    splitting: true,
    entryPoints: { ezj: 'src/cli/main.ts' },
    outdir: staging,
    outExtension: { '.js': '.cjs' },
    chunkNames: 'ezj-[hash]',
    write: false,
  });
  for (const { path: file, text } of built.outputFiles) {
    const { code } = await transform(requireBuiltins(withoutBareImports(text)), {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minify: true,
      legalComments: 'none',
      supported: { 'dynamic-import': false },
    });
    const first = path.basename(file) === 'ezj.cjs' ? '#!/usr/bin/env -S node --\n' : '';
    await writeFile(file, `${first}${code.includes('__importMetaUrl') ? importMetaUrl : ''}${code}`);
  }
  return built;
}

/**
 * Leaves out imports of parts of the command line from which nothing is used. esbuild keeps them for the order of side
 * effects. No part has any, and each further file takes 0.7 ms to load.
 */
function withoutBareImports(code) {
  return code.replace(/import"\.\/ezj-\w+\.cjs";/g, '');
}

/**
 * Requires node's own modules without esbuild's wrapper. The wrapper copies every name of a module at every
 * `import fs from 'node:fs'` of a bundle, which takes longer than the rest of a short command.
 */
function requireBuiltins(code) {
  let requires = '';
  const rest = code.replace(/import ([\w$]+) from"(node:[\w/]+)";/g, (_, name, module) => {
    requires += `var ${name}=require("${module}");`;
    return '';
  });
  return requires + rest;
}

/** The licenses of the bundled packages, as their terms require. */
async function collectLicenses(built) {
  const folders = new Set();
  for (const { metafile } of built) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
      if (match) folders.add(match[0]);
    }
  }
  const texts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'license.md', 'LICENCE'].find((candidate) =>
      existsSync(path.join(root, folder, candidate)),
    );
    const text = file ? await readFile(path.join(root, folder, file), 'utf8') : `License: ${license}`;
    texts.push(`${name} ${version}\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
