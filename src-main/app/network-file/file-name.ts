import type { Store } from '../../store/records.ts';
import { placeOf } from '../place.ts';

/** `birds-A3B+.onnx`, with the replicate where there are several: a name for a file on every system. */
export function networkFileName(store: Store, key: string, ending: string, study?: string): string {
  const place = placeOf(store, key, study);
  if (!place) return `network-${key.slice(0, 12)}.${ending}`;
  const replicates = Math.max(...store.studyRuns(place.study.id).map(({ replicate }) => replicate)) + 1;
  const name = place.study.name.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60);
  const words = [name, place.run.name, ...(replicates > 1 ? [String(place.run.replicate + 1)] : [])];
  return `${words.join('-').replace(/^[.-]+/, '')}.${ending}`;
}
