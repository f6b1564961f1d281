import type { Command } from 'commander';
import type { IncompatiblePackages, InstalledPackage, InstalledReport, Language } from '../../protocol/environment.ts';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj env diff`: what is installed in a session beyond the project's files. */
export function defineEnvDiff(command: Command): void {
  command
    .description('What is installed in a session beyond what the files ask for.')
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('--json', 'as JSON')
    .action((name: string | undefined, _options: unknown, self: Command) => showDifference(name, contextOf(self)));
}

async function showDifference(name: string | undefined, { api, output }: Context): Promise<void> {
  const { name: session } = pickRunning(await api.sessions(), name);
  const report = await api.installed(session);
  const { packages, incompatible } = report;
  if (output.json) return output.result(report, '');
  if (packages.length > 0) {
    const rows = packages.map((each) => [each.name, each.version, remarkOn(each, report)]);
    await output.table(report, ['PACKAGE', 'VERSION', 'REMARK'], rows);
  } else output.note(`Nothing is installed in ${session} beyond what the files ask for.`);
  for (const each of incompatible) for (const line of describeIncompatible(each, session)) output.note(line);
  if (packages.some(({ requirement }) => requirement !== undefined)) output.hint('ezj env save writes it down');
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
