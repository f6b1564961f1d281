import type { Container } from '../../engine/engine.ts';
import { processIdentity } from '../../host/processes.ts';
import { JUPYTER, type ServerContract } from '../../notebooks/server-contract.ts';
import { LABEL } from '../../protocol/labels.ts';
import type { KindRequest } from '../../protocol/session.ts';
import { VERSION } from '../../protocol/version.ts';
import { sessionKey } from '../key.ts';
import type { Identity } from '../runtime.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { sealOf } from './seal.ts';

/** Reads the settings of a session's container; none if the label is damaged. */
export function readSettings({ labels }: Pick<Container, 'labels'>): Settings {
  const none: Settings = { readOnly: false, mounts: [], env: [] };
  try {
    return { ...none, ...(JSON.parse(labels[LABEL.settings] ?? '{}') as Partial<Settings>) };
  } catch {
    return none;
  }
}

/** Creates the labels of the container of a new session. */
export function labelsOf(
  request: KindRequest,
  {
    owner,
    name,
    bind,
    port,
    server,
    identity,
    environment,
    engineId,
  }: {
    owner: string;
    name: string;
    bind: string;
    port: number;
    server: ServerContract;
    identity: Identity;
    /** Hash of the environment of the project; empty if there is none, or if it is ignored. */
    environment: string;
    /** The ID of the engine, which seals the labels. */
    engineId: string;
  },
): Record<string, string> {
  const labels = {
    [LABEL.owner]: owner,
    [LABEL.session]: name,
    [LABEL.key]: sessionKey(request, owner),
    [LABEL.project]: request.project,
    [LABEL.kind]: request.kind,
    [LABEL.bind]: bind,
    [LABEL.port]: String(port),
    [LABEL.server]: JSON.stringify(server),
    [LABEL.user]: `${identity.uid}:${identity.gid}`,
    [LABEL.settings]: JSON.stringify(settingsOf(request)),
    // Otherwise the container would inherit this label from its image.
    [LABEL.environment]: environment,
    [LABEL.version]: VERSION,
    [LABEL.daemon]: processIdentity(process.pid) ?? '',
  };
  return { ...labels, [LABEL.seal]: sealOf(labels, engineId) };
}

/**
 * Reads the server contract of a session's container; that of Jupyter with its default port if the label is damaged.
 */
export function readServer({ labels }: Pick<Container, 'labels'>): ServerContract {
  const usual: ServerContract = { ...JUPYTER, port: 8888 };
  try {
    const own = labels[LABEL.server];
    if (own === undefined) return usual;
    // Properties that the kind leaves out must stay missing.
    const leftOut = { fileUrl: undefined, activity: undefined, ownToken: undefined };
    return { ...usual, ...leftOut, ...(JSON.parse(own) as Partial<ServerContract>) };
  } catch {
    return usual;
  }
}
