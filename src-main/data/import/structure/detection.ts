import { imagesBelow, othersBelow, type Folder, type Texts } from './tree.ts';

const stem = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');

/** Why a set that has no classes has none, where it is made to find things in images: a clause that names the format. */
export function detectionSet(tree: Folder, texts: Texts): string | undefined {
  const others = othersBelow(tree).map(({ path }) => path);
  const images = new Set(imagesBelow(tree).map(({ path }) => stem(path)));
  const need = 'a study needs one class for a whole image: cut the objects out, into a folder for each class';
  const beside = (ending: RegExp) => others.filter((path) => ending.test(path) && images.has(stem(path))).length;
  const yaml = others.some((path) => /(^|\/)(data|dataset)\.ya?ml$/i.test(path));
  if (images.size > 0 && (beside(/\.txt$/i) >= images.size / 2 || (yaml && beside(/\.txt$/i) > 0)))
    return `is a detection set in YOLO's format (a text file with boxes for each image); ${need}`;
  if (images.size > 0 && beside(/\.xml$/i) >= images.size / 2)
    return `is a detection set in Pascal VOC's format (an XML file with boxes for each image); ${need}`;
  const coco = [...texts].find(([path, text]) => /\.json$/i.test(path) && isCoco(text));
  return coco && `is a detection set in COCO's format (${coco[0]} has boxes or outlines); ${need}`;
}

const isCoco = (text: string): boolean =>
  /"annotations"\s*:/.test(text) && /"images"\s*:/.test(text) && /"(bbox|segmentation|category_id)"\s*:/.test(text);
