import type { Pixels } from '../network-of-file.ts';

type Scaling = Pick<Pixels, 'mean' | 'deviation'>;

const ofUnit = (mean: Pixels['mean'], deviation: Pixels['mean']): Scaling => ({
  mean: mean.map((value) => 255 * value) as [number, number, number],
  deviation: deviation.map((value) => 255 * value) as [number, number, number],
});

/** Mean and deviation of ImageNet's pixels, as torchvision has them. */
export const IMAGENET = ofUnit([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/** -1 to 1, as networks from TensorFlow read (Inception's, Google's vision transformers). */
export const MINUS_ONE_TO_ONE = ofUnit([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
/** EfficientNet-Lite's (tensorflow/tpu, efficientnet_lite_builder.py). */
export const LITE: Scaling = { mean: [127, 127, 127], deviation: [128, 128, 128] };
/** Mean and deviation of CIFAR-10's pixels, as its best-known PyTorch code has them. */
export const CIFAR10 = ofUnit([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201]);
