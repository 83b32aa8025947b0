/** Whether it is told what this program is: by the native menu or the version in the status bar. */
export const about = $state({ open: false });
