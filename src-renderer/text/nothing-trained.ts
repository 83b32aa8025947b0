/** Where a view has no network to show yet. */
export const text = {
  title: 'No network is trained yet',
  action: 'Put a study together',
};
