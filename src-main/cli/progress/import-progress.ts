import type { ImportProgress } from '../../data/image-set.ts';
import { count, counted } from '../../common/numbers.ts';

/** `Importing: 1,200 of 60,000 images, 3 left out`. */
export function describeImport({ done, total, rejected, made }: ImportProgress): string {
  const images = total === undefined ? counted(done, 'image') : `${count(done)} of ${counted(total, 'image')}`;
  return `${made ? 'Making dead leaves' : 'Importing'}: ${images}${rejected > 0 ? `, ${count(rejected)} left out` : ''}`;
}
