interface Window {
  readonly transplant?: import('../src-main/api/bridge.ts').Bridge;
}
