import { shellQuote } from '../protocol/shell-word.ts';
import type { Devcontainer } from './devcontainer/devcontainer.ts';
import type { DockerfileBuild } from './dockerfile/read-dockerfile.ts';
import type { Detection } from './files/detect.ts';
import type { ImageChoice } from './plan.ts';
import type { ProjectCode } from './step.ts';

/** The files of a project that ezj runs, whatever the kind. Their content needs the user's trust. */
export function codeOf(detection: Detection, { build, devcontainer }: ImageChoice): ProjectCode[] {
  return [...(build ? codeOfDockerfile(build) : codeOfFiles(detection)), ...codeOfDevcontainer(devcontainer)];
}

function codeOfDockerfile({ file }: DockerfileBuild): ProjectCode[] {
  return [
    { file, what: `builds its ${shellQuote(file.path)}, whose commands run as root in a container with network` },
  ];
}

function codeOfFiles({ files }: Detection): ProjectCode[] {
  const building = (['install.R', 'postBuild'] as const).flatMap((name) => files[name] ?? []);
  const starting = files.start ? [files.start] : [];
  return [
    ...building.map((file) => ({
      file,
      what: `runs its ${file.path} while the image is built, as root in a container with network and your package indexes`,
    })),
    ...starting.map((file) => ({ file, what: `runs its ${file.path} in each session, before the notebook` })),
  ];
}

/** Leaves out the image and the mounts, which are listed elsewhere. The same trust covers them. */
function codeOfDevcontainer(devcontainer: Devcontainer | undefined): ProjectCode[] {
  if (!devcontainer) return [];
  const { file, commands, passed, forwardPorts } = devcontainer;
  return [
    ...commands.flatMap((group) =>
      group.commands.map(({ name, argv }) => {
        const text = argv[0] === 'sh' && argv[1] === '-c' ? argv.slice(2).join(' ') : argv.map(shellQuote).join(' ');
        return { file, what: `runs its ${name} in each new container, as you: ${text}` };
      }),
    ),
    ...passed.map(({ name, as }) => ({ file, what: `passes your variable ${name} to the session, in ${as}` })),
    ...(forwardPorts.length > 0
      ? [
          {
            file,
            what: `opens its port${forwardPorts.length > 1 ? 's' : ''} ${forwardPorts.join(', ')} on this machine (127.0.0.1)`,
          },
        ]
      : []),
  ];
}
