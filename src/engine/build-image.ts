import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { EzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import { removeLeftovers } from './build-cleanup.ts';
import { packContext } from './build-context.ts';
import { type BuildLine, type BuildProgress, reportBuild } from './build-output.ts';
import { abortable, type Connection } from './connection.ts';
import type { Credentials } from './credential-helper.ts';
import type { EngineUser } from './docker-config.ts';
import type { BuildRequest } from './engine.ts';
import { openStream } from './engine-call.ts';
import { codeOfWords, engineMessage, hintOf, statusOf, toEngineError } from './engine-errors.ts';
import { isPodman } from './engine-info.ts';
import { parseImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';
import { classifyPullError, pullError } from './pull-errors.ts';
import { credentialsFor } from './registry-credentials.ts';

/** How a build reports and stops, and the user whose credentials pull its base. */
export interface BuildOptions {
  report: Report;
  signal: AbortSignal;
  user: EngineUser;
}

/** Builds with the classic builder. Removes all leftovers of a failed or cancelled build. */
export async function buildImage(connection: Connection, request: BuildRequest, options: BuildOptions): Promise<void> {
  const { title } = request;
  const { signal, report } = options;
  const what = `build ${title}`;
  const registryconfig = await baseCredentials(connection, request, options);
  const context = Readable.from(packContext(request));
  const progress = reportBuild({ title, report });
  try {
    // The answer begins after the engine has read the whole context. That can take any time, so only `signal` ends it.
    const call = { what, signal, timeoutMs: Number.POSITIVE_INFINITY };
    const stream = await openStream(connection, call, (abortSignal) =>
      connection.docker.buildImage(context, abortable(abortSignal, { ...buildQuery(request), registryconfig })),
    );
    await followBuild(readJsonLines(stream), progress, title);
  } catch (thrown) {
    await removeLeftovers(connection, progress).catch((error: Error) =>
      report({ type: 'warning', text: `The unfinished image of ${title} could not be removed: ${error.message}` }),
    );
    throw toBuildError(thrown, { title, progress, mapped: toEngineError(thrown, { what, source: connection.source }) });
  } finally {
    context.destroy();
  }
}

function buildQuery({ tag, args, labels, noCache, dockerfile, target }: BuildRequest) {
  return { t: tag, buildargs: args, labels, nocache: noCache, dockerfile, target, rm: true, forcerm: true };
}

async function followBuild(lines: AsyncIterable<unknown>, progress: BuildProgress, title: string): Promise<void> {
  try {
    for await (const value of lines) {
      const line = value as BuildLine;
      progress.take(line);
      const error = line.error ?? line.errorDetail?.message;
      if (error !== undefined) throw failedBuild(title, error.trim(), progress);
    }
  } finally {
    progress.flush();
  }
  if (!progress.succeeded()) throw failedBuild(title, 'the engine ended the build early', progress);
}

function failedBuild(title: string, words: string, progress: BuildProgress, cause?: unknown): EzjError {
  const instruction = progress.instruction();
  const base = /^from\s+(?:--\S+\s+)*(\S+)/i.exec(instruction)?.[1];
  // If the base cannot be pulled, the registry failed: use the codes of a pull.
  if (base && classifyPullError(words) !== 'pull-failed') return pullError(parseImageReference(base), words, cause);
  const code = [words, ...progress.lastLines()].some(tellsOfFullDisk) ? 'disk-full' : 'build-failed';
  const message = `Could not build ${title}${instruction ? ` at \`${instruction}\`` : ''}: ${words}`;
  return new EzjError({ code, message, hint: hintOf(code), details: progress.lastLines(), cause });
}

/** The engine reports only the exit code of a failed instruction. The message comes from the tool, and apt has its own. */
function tellsOfFullDisk(line: string): boolean {
  return codeOfWords(line) === 'disk-full' || /don't have enough free space/.test(line);
}

function toBuildError(
  thrown: unknown,
  failure: { title: string; progress: BuildProgress; mapped: EzjError },
): EzjError {
  const { title, progress, mapped } = failure;
  if (thrown instanceof EzjError && mapped.code !== 'engine-failed') return thrown;
  const raw = mapped.cause ?? thrown;
  // A status means that the engine rejected the request, for example because it cannot parse the Dockerfile.
  if (statusOf(raw) !== undefined || raw instanceof SyntaxError)
    return failedBuild(title, engineMessage(raw), progress, raw);
  return mapped;
}

/** Credentials for the registries in the Dockerfile's `FROM` lines, by registry. */
async function baseCredentials(
  connection: Connection,
  { context, extraFiles, dockerfile: name = 'Dockerfile' }: BuildRequest,
  { user, report }: BuildOptions,
): Promise<Record<string, Credentials>> {
  const own = typeof context === 'string' ? await readFile(join(context, name)).catch(() => undefined) : undefined;
  const dockerfile = extraFiles[name] ?? own ?? Buffer.alloc(0);
  const bases = [...dockerfile.toString('utf8').matchAll(/^\s*from\s+(?:--\S+\s+)*([^\s$]+)\s*/gim)].map(
    ([, base = '']) => base,
  );
  const podman = bases.length > 0 && (await isPodman(connection));
  const found: Record<string, Credentials> = {};
  for (const registry of new Set(bases.filter((base) => base !== 'scratch').map(registryOf))) {
    const credentials = await credentialsFor(registry, { user, podman, report });
    if (credentials) found[credentials.serveraddress] = credentials;
  }
  return found;
}

function registryOf(base: string): string {
  try {
    return parseImageReference(base).registry;
  } catch {
    // The builder reports the error.
    return 'docker.io';
  }
}
