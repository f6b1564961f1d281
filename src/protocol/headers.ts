/** Header with the sender's ezj version, on every request and every answer. */
export const VERSION_HEADER = 'ezj-version';

/** Header with the sender's {@link PROTOCOL} number. */
export const PROTOCOL_HEADER = 'ezj-protocol';

/** The only Host that the daemon answers to: a web page that reached the socket would send another. */
export const DAEMON_HOST = 'ezj';
