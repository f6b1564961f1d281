import { createHash } from 'node:crypto';
import type { KindRequest } from '../protocol/session.ts';

/** The key of a session: one for each project, kind and owner. 12 hex digits. */
export function sessionKey({ project, kind }: Pick<KindRequest, 'project' | 'kind'>, owner: string): string {
  return createHash('sha256')
    .update(JSON.stringify([owner, kind, project]))
    .digest('hex')
    .slice(0, 12);
}
