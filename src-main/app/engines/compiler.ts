import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BINDING_FILE, bindingPackage, WHEEL_FOLDER } from '../../engine/tensorflow/installation.ts';
import { UserError } from '../../errors.ts';
import { runProgram, type ProgramOptions } from './run-program.ts';

export interface Compiler {
  readonly program: string;
  /** `g++ (Debian 12.2.0-14) 12.2.0` */
  readonly version: string;
}

/** The version of Node's binary interface that tfjs-node's own build asks for. */
const NODE_API = 8;
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Finds a C++ compiler: the one that CXX names, or else one of the usual ones. Throws a UserError that says how to get one. */
export async function findCompiler(options: ProgramOptions): Promise<Compiler> {
  const { CXX } = options.environment;
  const programs = CXX ? [CXX] : ['c++', 'g++', 'clang++'];
  for (const program of programs) {
    const found = await runProgram(program, ['--version'], options);
    if (found?.ok) return { program, version: found.output.split('\n')[0].trim() };
  }
  throw new UserError(
    `The binding of TensorFlow has to be compiled, but there is no C++ compiler (no ${programs.join(', ')} on PATH): install ` +
      'one (Debian, Ubuntu: "apt install g++"; Fedora: "dnf install gcc-c++"), then give the command again.',
  );
}

/**
 * Compiles the binding of tfjs-node into an installation's folder, against the TensorFlow in its wheel, as its
 * binding.gyp does, but without the headers of Node that node-gyp downloads. Throws a UserError with the first error.
 */
export async function compileBinding({ program }: Compiler, folder: string, options: ProgramOptions): Promise<void> {
  const source = join(dirname(bindingPackage().file), 'binding');
  const nodeApi = dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json'));
  const wheel = join(folder, WHEEL_FOLDER, 'tensorflow');
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API}`],
    ...['-I', join(nodeApi, 'include'), '-I', join(wheel, 'include')],
    ...SOURCES.map((file) => join(source, file)),
    ...['-o', join(folder, BINDING_FILE), '-L', wheel, ...LIBRARIES.map((file) => `-l:${file}`)],
    // The libraries are found from where the binding is, so that the folder can be moved.
    `-Wl,-rpath,$ORIGIN/${WHEEL_FOLDER}/tensorflow`,
  ];
  const ended = await runProgram(program, args, options);
  if (ended?.ok) return;
  const output = ended?.output ?? '';
  const line = output.split('\n').find((text) => /error|undefined reference/i.test(text)) ?? output.split('\n')[0];
  throw new UserError(
    `The binding of TensorFlow can't be compiled (${line.trim()}): try another compiler with CXX=..., or another release ` +
      'with --tensorflow.',
  );
}
