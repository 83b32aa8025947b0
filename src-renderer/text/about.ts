/** Text of the dialog that says what this program is. */
export const aboutText = {
  title: 'About Transplant',
  version: 'Version',
  commit: 'Built from commit',
  fromSource: 'none: it runs from source, or was built without git',
  home: 'Home folder',
  homeStays:
    'Images, networks and results are in the home folder. Uninstalling Transplant leaves it as it is; delete it yourself when you no longer need it.',
  offline: 'Transplant sends nothing and fetches nothing: it has no updates, no statistics and no account.',
  licence: 'Transplant is free software under the MIT licence.',
  showLicences: 'Licences of the software in it',
  readingLicences: 'Reading the licences …',
  noLicences: 'The licences are missing from this installation: they are put together when the program is built.',
};
