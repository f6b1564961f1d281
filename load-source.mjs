// Loads TypeScript of src/ into a script: the build and the docs are made with what is declared there.
import { build } from 'esbuild';

/** The exports of a module of src/, by its path from the root. */
export async function loadSource(file) {
  const built = await build({
    entryPoints: [file],
    absWorkingDir: import.meta.dirname,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    define: { 'import.meta.url': 'undefined' },
    logLevel: 'warning',
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', built.outputFiles[0].text)(
    module,
    module.exports,
    (await import('node:module')).createRequire(import.meta.url),
    import.meta.dirname,
  );
  return module.exports;
}
