/** What leaves the program for others: trained networks, and tables. */
export const exportText = {
  save: 'Save',
  saveNetwork: (name: string) => `Save ${name}`,
  title: (name: string) => `Save network ${name}`,
  intro: 'The trained network as a file that other programs read. The names of its classes are in it.',
  format: 'As',
  formats: { onnx: 'ONNX', safetensors: 'safetensors' },
  hints: {
    onnx: 'The whole network: reads pixels as they are, runs wherever ONNX does, and Netron shows it.',
    safetensors: 'Its weights under the names of its layers, and the mean image.',
  },
  noMean: 'The mean image is not in it, because the images are not here.',
  data: 'Data for other programs',
  dataIntro:
    'Every number with its type, one thing a row. First-layer filters are in the report, with every figure and all of these.',
  rows: (count: string) => `${count} rows`,
  saveTable: (title: string, format: string) => `Save the data of “${title}” as ${format}`,
  tableFormats: { csv: 'CSV', parquet: 'Parquet' },
};
