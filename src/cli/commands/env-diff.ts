import type { IncompatiblePackages, InstalledPackage, InstalledReport, Language } from '../../protocol/environment.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { SESSION } from '../options/shared.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj env diff`: what is installed in a session beyond the project's files. */
export const envDiffCommand = declareCommand({
  name: 'diff',
  summary: 'what is installed in a session beyond what the files ask for',
  arguments: [SESSION],
  run: ({ args: [name], context }) => showDifference(name, context),
});

async function showDifference(name: string | undefined, { client, output }: Context): Promise<void> {
  const { name: session } = pickRunning(await client.call('GET /v1/sessions', { query: {} }), name);
  const report = await client.call('GET /v1/sessions/:name/installed', { params: { name: session } });
  const { packages, incompatible } = report;
  if (output.json) return output.result(report, '');
  if (packages.length > 0) {
    const rows = packages.map((each) => [each.name, each.version, remarkOn(each, report)]);
    await output.table(report, ['PACKAGE', 'VERSION', 'REMARK'], rows);
  } else output.note(`Nothing is installed in ${session} beyond what the files ask for.`);
  for (const each of incompatible) for (const line of describeIncompatible(each, session)) output.note(line);
  if (packages.some(({ requirement }) => requirement !== undefined))
    output.hint('To write them to the files of the project: ezj env save');
}

const NEW_FILES: Record<Language, string> = { python: 'requirements.txt', r: 'renv.lock' };

function remarkOn({ language, where, asked, image, source }: InstalledPackage, { manifests }: InstalledReport): string {
  const file = manifests[language];
  const wanted = `${file} asks for ${asked || 'any version'}`;
  return [
    asked === undefined ? `not in ${file ?? `${NEW_FILES[language]}, which is not there`}` : wanted,
    ...(image === undefined ? [] : [`hides ${image} of the image`]),
    ...(source === undefined ? [] : [`from ${source}`]),
    ...(where === 'container' ? ['goes with the container'] : []),
  ].join('; ');
}

function describeIncompatible({ language, version, packages }: IncompatiblePackages, session: string): string[] {
  const title = language === 'r' ? 'R' : 'Python';
  const again =
    language === 'r'
      ? `Rscript -e 'install.packages(c(${packages.map((name) => `"${name}"`).join(', ')}))'`
      : `pip install ${packages.join(' ')}`;
  return [
    `Installed with ${title} ${version}, and set aside: ${packages.join(' ')}`,
    `To have them here: ezj shell ${session} -- ${again}`,
  ];
}
