import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { SESSION } from '../options/shared.ts';
import { pickSession } from '../pick-session.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj restart`. */
export const restartCommand = declareCommand({
  name: 'restart',
  summary: 'stop a session and start it again',
  json: 'Print the session and its URL as JSON.',
  arguments: [SESSION],
  run: ({ args: [name], context }) => restart(name, context),
});

async function restart(name: string | undefined, { client, output }: Context): Promise<void> {
  const session = pickSession(await client.call('GET /v1/sessions', { query: {} }), name);
  const access = await withProgress(output, (report) =>
    cancellable((signal) =>
      client.follow('POST /v1/sessions/:name/restart', { params: { name: session.name } }, { report, signal }),
    ),
  );
  output.hint(`${session.name} runs again`);
  output.result(access, access.url);
}
