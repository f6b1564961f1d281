import { type Connection, labelFilters, readJson } from './connection.ts';
import type { Volume } from './engine.ts';
import { callEngine, callUnlessAbsent } from './engine-call.ts';

/** The fields of a volume that ezj reads; dockerode's type lacks `CreatedAt`. */
interface RawVolume {
  Name: string;
  Labels?: Record<string, string> | null;
  CreatedAt?: string;
  UsageData?: { Size?: number } | null;
}

/** Volumes with all these labels. Sizes are slow: the engine walks through every volume. */
export async function listVolumes(
  connection: Connection,
  labels: string[],
  { sizes = false }: { sizes?: boolean } = {},
): Promise<Volume[]> {
  const answer = await callEngine(connection, { what: 'list volumes' }, (abortSignal) =>
    connection.docker.listVolumes({ filters: labelFilters(labels), abortSignal }),
  );
  const volumes = ((answer.Volumes ?? []) as unknown as RawVolume[]).map(toVolume);
  if (!sizes || volumes.length === 0) return volumes;
  // Podman's answer fails if a container disappears during the measurement. Sizes are optional, the list is not.
  const measured = await measureVolumes(connection).catch(() => new Map<string, number>());
  return volumes.map((volume) => ({ ...volume, bytes: measured.get(volume.name) }));
}

/** Creates a volume. Leaves an existing volume of this name unchanged. */
export async function createVolume(
  connection: Connection,
  { name, labels }: { name: string; labels: Record<string, string> },
): Promise<void> {
  await callEngine(connection, { what: `create the volume ${name}` }, (abortSignal) =>
    connection.docker.createVolume({ Name: name, Labels: labels, abortSignal }),
  );
}

/** Does nothing if it does not exist. */
export async function removeVolume(connection: Connection, name: string): Promise<void> {
  const call = { what: `remove the volume ${name}`, timeoutMs: 120_000, absent: [404] };
  await callUnlessAbsent(connection, call, (abortSignal) => connection.docker.getVolume(name).remove({ abortSignal }));
}

async function measureVolumes(connection: Connection): Promise<Map<string, number>> {
  const usage = await callEngine(connection, { what: 'measure volumes', timeoutMs: 300_000 }, (abortSignal) =>
    readJson<{ Volumes?: RawVolume[] | null }>(connection, '/system/df', abortSignal),
  );
  // -1: the engine could not measure it.
  const entries = (usage.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1] as const);
  return new Map(entries.filter(([, bytes]) => bytes >= 0));
}

function toVolume({ Name, Labels, CreatedAt }: RawVolume): Volume {
  return { name: Name, labels: Labels ?? {}, created: CreatedAt ?? '' };
}
