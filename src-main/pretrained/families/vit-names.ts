import type { NamedTensor, NamedTensors } from '../tensors.ts';
import { renamed } from './layers.ts';

interface Named {
  /** Whose names the tensors had. */
  readonly names: string;
  /** Under timm's. */
  readonly tensors: NamedTensors;
  /** Of the layer norms, by whose code it is. */
  readonly epsilon: number;
}

/** A vision transformer's tensors under timm's names. */
export function namedAsTimm(given: NamedTensors): Named {
  if (given.has('encoder.layers.encoder_layer_0.self_attention.in_proj_weight'))
    return { names: 'torchvision', tensors: renamed(given, fromTorchvision), epsilon: 1e-6 };
  const inner = renamed(given, (name) => name.replace(/^(?:vit|deit|dinov2)\./, ''));
  if (inner.has('encoder.layer.0.attention.attention.query.weight'))
    return {
      names: 'transformers',
      tensors: joined(renamed(inner, fromTransformers)),
      epsilon: inner.has('encoder.layer.0.layer_scale1.lambda1') ? 1e-6 : 1e-12,
    };
  return { names: 'timm', tensors: given, epsilon: 1e-6 };
}

const fromTorchvision = (name: string): string =>
  name
    .replace('class_token', 'cls_token')
    .replace('conv_proj.', 'patch_embed.proj.')
    .replace('encoder.pos_embedding', 'pos_embed')
    .replace(/^encoder\.layers\.encoder_layer_(\d+)\./, 'blocks.$1.')
    .replace('.self_attention.in_proj_', '.attn.qkv.')
    .replace('.self_attention.out_proj.', '.attn.proj.')
    .replace('.ln_', '.norm')
    .replace(/\.mlp\.(?:linear_1|0)\./, '.mlp.fc1.')
    .replace(/\.mlp\.(?:linear_2|3)\./, '.mlp.fc2.')
    .replace('encoder.ln.', 'norm.')
    .replace('heads.head.', 'head.');

const fromTransformers = (name: string): string =>
  name
    .replace('embeddings.cls_token', 'cls_token')
    .replace('embeddings.distillation_token', 'dist_token')
    .replace('embeddings.mask_token', 'mask_token')
    .replace('embeddings.position_embeddings', 'pos_embed')
    .replace('embeddings.patch_embeddings.projection.', 'patch_embed.proj.')
    .replace(/^encoder\.layer\.(\d+)\./, 'blocks.$1.')
    .replace('.attention.attention.', '.attn.')
    .replace('.attention.output.dense.', '.attn.proj.')
    .replace('.layernorm_before.', '.norm1.')
    .replace('.layernorm_after.', '.norm2.')
    .replace(/\.layer_scale(\d)\.lambda1$/, '.ls$1.gamma')
    .replace('.intermediate.dense.', '.mlp.fc1.')
    .replace('.output.dense.', '.mlp.fc2.')
    .replace(/^layernorm\./, 'norm.')
    .replace(/^(?:cls_)?classifier\./, 'head.')
    .replace(/^distillation_classifier\./, 'head_dist.');

/** Queries, keys and values one below the other, as a single layer makes them. */
function joined(tensors: NamedTensors): NamedTensors {
  const result = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    if (/\.attn\.(?:key|value)\./.test(name)) continue;
    const parts = ['query', 'key', 'value'].map((part) => tensors.get(name.replace('.attn.query.', `.attn.${part}.`)));
    const [query, key, value] = parts;
    if (!name.includes('.attn.query.') || !query || !key || !value) result.set(name, tensor);
    else result.set(name.replace('.query.', '.qkv.'), stacked([query, key, value]));
  }
  return result;
}

const stacked = (parts: readonly NamedTensor[]): NamedTensor => {
  const [{ shape }] = parts;
  return {
    shape: [parts.length * shape[0], ...shape.slice(1)],
    read: () => {
      const values = parts.map((part) => part.read());
      const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of values) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
  };
};
