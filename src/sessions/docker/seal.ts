import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Container } from '../../engine/engine.ts';
import { LABEL } from '../../protocol/labels.ts';

/** The labels that make a container a session. */
const SEALED = [
  LABEL.owner,
  LABEL.session,
  LABEL.key,
  LABEL.project,
  LABEL.kind,
  LABEL.bind,
  LABEL.port,
  LABEL.server,
  LABEL.user,
  LABEL.settings,
  LABEL.environment,
];

/**
 * The seal of a session's labels. An image or a compose file can carry labels too, but its author does not know the ID
 * of this engine. Whoever knows it may use the engine, and so owns its containers.
 */
export function sealOf(labels: Record<string, string>, engineId: string): string {
  const content = JSON.stringify(SEALED.map((name) => labels[name] ?? null));
  return createHmac('sha256', engineId).update(content).digest('hex');
}

/** Whether ezj created the container of a session, with these labels. */
export function isSealed({ labels }: Pick<Container, 'labels'>, engineId: string): boolean {
  const [seal, expected] = [labels[LABEL.seal] ?? '', sealOf(labels, engineId)].map((each) => Buffer.from(each));
  return seal?.length === expected?.length && timingSafeEqual(seal as Buffer, expected as Buffer);
}
