/** What of onnxruntime computes: the processor, or a graphics card in one of two ways. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';
