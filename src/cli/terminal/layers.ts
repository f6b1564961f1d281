import type { LayerEvent } from '../../protocol/events.ts';

/** Adds up the layers of a pull. */
export function countLayers() {
  const layers = new Map<string, LayerEvent>();
  const downloaded = new Map<string, number>();
  let marked = 0;
  return {
    layers,
    add(event: LayerEvent): void {
      const before = layers.get(event.id);
      const totalBytes = event.totalBytes ?? before?.totalBytes;
      layers.set(event.id, { ...event, totalBytes });
      // Extraction counts the same bytes again from nothing: what is downloaded stays downloaded.
      if (event.phase === 'downloading') downloaded.set(event.id, event.currentBytes);
      else if (event.phase !== 'waiting') downloaded.set(event.id, downloadedSize(event, before));
    },
    sum() {
      const all = [...layers.values()];
      return {
        doneBytes: [...downloaded.values()].reduce((sum, bytes) => sum + bytes, 0),
        totalBytes: all.reduce((sum, { totalBytes = 0 }) => sum + totalBytes, 0),
        finished: all.filter(({ phase }) => phase === 'done').length,
        count: all.length,
      };
    },
    /** Remembers how much is done, and gives what was remembered before. */
    mark(doneBytes: number): number {
      const before = marked;
      marked = doneBytes;
      return before;
    },
  };
}

function downloadedSize(event: LayerEvent, before: LayerEvent | undefined): number {
  return before?.totalBytes ?? event.totalBytes ?? 0;
}
