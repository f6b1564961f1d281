import type { Image } from '../../../src/engine/engine.ts';

/** What of an image a Dockerfile's instructions can change. */
export interface Settings {
  config: Image['config'];
  labels: Record<string, string>;
  /** Where each of its containers gets an anonymous volume. */
  volumes: string[];
}

/** The settings of an image that is made of nothing. */
export const NO_SETTINGS: Settings = {
  config: { env: {}, entrypoint: [], cmd: [], user: '', workdir: '', exposedPorts: [] },
  labels: {},
  volumes: [],
};

/** Settings after instructions that run nothing, such as `LABEL a=b`. */
export function applyInstructions(settings: Settings, instructions: string[]): Settings {
  return instructions.reduce(apply, settings);
}

function apply({ config, labels, volumes }: Settings, instruction: string): Settings {
  const [, name = '', rest = ''] = /^\s*(\w+)\s+([\s\S]*?)\s*$/.exec(instruction) ?? [];
  const change = (changed: Partial<Image['config']>): Settings => ({
    config: { ...config, ...changed },
    labels,
    volumes,
  });
  switch (name.toUpperCase()) {
    case 'LABEL':
      return { config, labels: { ...labels, ...pairsOf(rest) }, volumes };
    case 'ENV':
      return change({ env: { ...config.env, ...pairsOf(rest) } });
    case 'ENTRYPOINT':
      return change({ entrypoint: wordsOf(rest) });
    case 'CMD':
      return change({ cmd: wordsOf(rest) });
    case 'USER':
      return change({ user: rest });
    case 'WORKDIR':
      return change({ workdir: rest });
    case 'EXPOSE':
      return change({ exposedPorts: [...config.exposedPorts, Number.parseInt(rest, 10)] });
    case 'VOLUME':
      return { config, labels, volumes: [...volumes, rest] };
    default:
      throw new Error(`the in-memory engine has no instruction ${name}`);
  }
}

/** `a=b`, `"a"="b c"` and several of them. */
function pairsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/("(?:[^"\\]|\\.)*"|[^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g);
  return Object.fromEntries([...pairs].map(([, key = '', value = '']) => [unquote(key), unquote(value)]));
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}

function wordsOf(text: string): string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : ['/bin/sh', '-c', text];
}
