/** `npm run bench`: one training step against PyTorch (step.ts); `npm run bench -- window`: the window (window.ts). */
if (process.argv.includes('window')) {
  const { benchWindow } = await import('./window.ts');
  await benchWindow();
} else await import('./step.ts');
