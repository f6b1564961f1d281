import process from 'node:process';
import { toEzjError } from '../../protocol/errors.ts';
import { namedEngine } from '../../protocol/named-engine.ts';
import type { SessionAccess, StartRequest } from '../../protocol/session.ts';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';
import { runAgainInGroup } from '../run-in-group.ts';
import { setUpEngine } from '../setup-engine.ts';
import { attach } from '../start/attach.ts';
import { repositoryTarget } from '../start/repository-target.ts';
import { openSession, showAccess } from '../start/show-session.ts';
import { START_OPTIONS, type StartOptions } from '../start/start-options.ts';
import { createStartRequest, refuseContradictions } from '../start/start-request.ts';
import { withTimings } from '../start/timings.ts';
import { withProjectFile } from '../start/trust-project.ts';
import { canAsk } from '../terminal/ask.ts';
import { cancellable } from '../terminal/cancel.ts';
import { shortenHome } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj [DIR|NOTEBOOK]`, also as `ezj start`. */
export const startCommand = declareCommand({
  name: 'start',
  summary: 'start or reopen the session of a folder (also without the word start)',
  hidden: true,
  json: 'Print JSON on stdout; events and errors as lines of JSON on stderr.',
  examples: [
    ['ezj', 'Python here; Ctrl-C stops it, d detaches'],
    ['ezj -R ~/analysis', 'R on another folder'],
    ['ezj --rstudio', 'RStudio here, signed in'],
    ['ezj -d -v ../data:/data:ro', 'in the background, with a folder of data'],
    ['ezj report.ipynb', 'a notebook, in the kernel that it names'],
  ],
  arguments: [
    argument('[DIR|NOTEBOOK]', 'A folder, a notebook file in one, or the address of a git repository', {
      default: '.',
      completes: 'projects',
    }),
  ],
  options: START_OPTIONS,
  run: ({ args: [word], options, context, commands }) =>
    start(word, { options, context, commandNames: commands.filter(({ hidden }) => !hidden).map(({ name }) => name) }),
});

async function start(
  argument: string,
  { options, context, commandNames }: { options: StartOptions; context: Context; commandNames: string[] },
): Promise<void> {
  const { output, env } = context;
  const { yes = false } = options;
  const cwd = currentFolder();
  refuseContradictions(options);
  const target = await repositoryTarget(argument, { ...context, into: options.into, cwd });
  const created = createStartRequest({ argument, options, cwd, env, target, commandNames });
  for (const remark of created.remarks) output.note(remark);
  const request = await withProjectFile(created.request, { ...context, yes });
  const access = await startWithEngine(request, context, { yes, timings: options.timings ?? false });
  if (access === undefined) return;
  showAccess(access, { output, env });
  const attached = process.stdin.isTTY && process.stdout.isTTY && !options.detach && !output.json;
  if (attached) return attachAndOpen({ access, request, context, open: options.open });
  output.hint(`${describe(access)} · ezj stop ${access.session.name} ends it`);
}

/**
 * Starts the session; where there is no engine and none is named, sets one up if the user agrees, and tries once more. Undefined where the
 * whole command ran once more, with the group that may use the new engine.
 */
async function startWithEngine(
  request: StartRequest,
  context: Context,
  { yes, timings }: { yes: boolean; timings: boolean },
): Promise<SessionAccess | undefined> {
  const { client, output, env } = context;
  const attempt = () =>
    withProgress(output, (progress) =>
      withTimings(output, { wanted: timings, report: progress }, (report) =>
        cancellable((signal) => client.follow('POST /v1/sessions', { body: request }, { report, signal })),
      ),
    );
  try {
    return await attempt();
  } catch (error) {
    const { code, message } = toEzjError(error);
    if (code !== 'engine-not-found' || !(yes || canAsk())) throw error;
    const named = namedEngine(env);
    if (named !== undefined) {
      // One that is installed here would not be used.
      output.note(`ezj does not set up an engine, because you name one: ${named}`);
      throw error;
    }
    output.note(message);
    const plan = await setUpEngine({ output, yes }).catch((refusal: unknown) => {
      // What was tried, and why it failed, helps more than that ezj cannot install anything here.
      throw toEzjError(refusal).code === 'setup-unsupported' ? error : refusal;
    });
    if (plan.steps.length === 0) throw error;
    if (plan.needsNewLogin) {
      // A daemon hands its groups on to nobody: the next one is to have the new group.
      await client.stopDaemon();
      const exitCode = await runAgainInGroup('docker');
      if (exitCode !== undefined) {
        process.exitCode = exitCode;
        return undefined;
      }
    }
    return attempt();
  }
}

async function attachAndOpen(input: { access: SessionAccess; request: StartRequest; context: Context; open: boolean }) {
  const { access, request, context, open } = input;
  const { output, client, env } = context;
  const { session } = access;
  const openNow = async () => {
    const reason = await openSession({ session, notebook: request.notebook, client, output, env });
    const way = env.SSH_CONNECTION
      ? 'Open the URL on your own machine, through the tunnel.'
      : 'Open the URL above in any browser.';
    if (reason) output.hint(`No browser opened: ${reason}. ${way}`);
  };
  // Listens to keys from here on: whoever reads that Ctrl-C stops the session can press it at once.
  const company = attach({ session, client, output, openBrowser: openNow });
  output.hint(`${describe(access)} · Ctrl-C stops it, d detaches, o opens the browser`);
  output.hint(`After d, or when you close the terminal, it keeps running. To stop it: ezj stop ${session.name}`);
  // A daemon that goes away meanwhile is the company's business.
  const opened = open ? wantsBrowser(context).then((wanted) => (wanted ? openNow() : undefined)) : undefined;
  await Promise.all([company, opened?.catch(() => {})]);
}

async function wantsBrowser({ client }: Context): Promise<boolean> {
  const { value } = await client.call('GET /v1/config/:key', { params: { key: 'browser' } });
  return value !== false;
}

function describe({ session }: SessionAccess): string {
  return `${session.name} · ${shortenHome(session.project)}`;
}
