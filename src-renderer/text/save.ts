/** Where something is written into a file that a person keeps. */
export const saveText = {
  write: 'Save',
  writing: 'Writing the file …',
  written: (file: string, size: string) => `${file}, ${size}`,
  show: 'Show in folder',
  download: 'Download the file',
};
