import { counted } from '../../src-main/common/numbers.ts';

/** Studies that wait for the one that is under way. */
export const queueText = {
  title: 'Waiting in the queue',
  hint: 'The first of them begins when the study before it has ended. Pausing a study holds the queue.',
  held: 'The queue is held: it goes on when you say so, or once a study that you begin has ended.',
  goOn: 'Begin the next study',
  what: {
    run: 'to be trained',
    resume: 'to be resumed',
    extend: 'to get more replicates',
    'until-clear': 'to go on until it is clear',
  },
  up: (name: string) => `Move ${name} up`,
  down: (name: string) => `Move ${name} down`,
  remove: (name: string) => `Take ${name} out of the queue`,
  waiting: (studies: number) => `${counted(studies, 'study waits', 'studies wait')} in the queue`,
  add: 'Add to the queue',
  added: 'It waits in the queue and begins by itself when its turn comes.',
  see: 'See the queue',
};
