/** Two studies beside each other, on Results. */
export const compareText = {
  title: 'Beside another study',
  choose: 'Compare with',
  none: 'no study',
  intro: 'Choose a study to see it beside this one: both sentences, both curves on the same axes, and what differs.',
  loading: 'Reading the other study …',
  nothing: 'No network of this half is trained yet.',
  chart: (study: string) => `Top-1 accuracy of ${study}`,
  accuracies: 'Accuracies of both studies',
  accuraciesCaption: (sameNetwork: boolean) =>
    `Percent of held-out images classified correctly: mean, its 95% interval, and how many networks. The difference is in points and is not tested: networks of two studies are not pairs.${sameNetwork ? '' : ' The networks differ, so equal n are other depths.'}`,
  treatment: 'Treatment',
  difference: 'Difference',
  protocol: 'What was done differently',
  what: 'What',
  same: 'Nothing: both studies did the same.',
};
