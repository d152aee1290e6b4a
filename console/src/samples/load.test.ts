import { expect, it } from 'vitest';
import { ApiError } from '../api/errors';
import type { UploadedAsset } from '../api/types';
import { UploadQueue } from '../uploads/queue';
import { kept } from './load';

interface Answer {
  keep: (id: string) => void;
  refuse: () => void;
}

function queueWithAnswers(): { queue: UploadQueue; answers: Answer[] } {
  const answers: Answer[] = [];
  let key = 0;
  const queue = new UploadQueue({
    newKey: () => `key-${++key}`,
    transport: () => {
      const answer = new Promise<UploadedAsset>((resolve, reject) => {
        answers.push({
          keep: (id) => resolve({ id } as UploadedAsset),
          refuse: () => reject(new ApiError(413, 'TOO_LARGE', 'Too large.')),
        });
      });
      return { answer, abort: () => undefined };
    },
  });
  return { queue, answers };
}

const files = ['a.png', 'b.png'].map((name) => new File(['x'], name));
const idsOf = (assets: UploadedAsset[]) => assets.map(({ id }) => id);

it('gives what was kept when another file is refused', async () => {
  const { queue, answers } = queueWithAnswers();
  const all = kept(queue, files);
  answers[0]?.refuse();
  answers[1]?.keep('img_b');
  expect(idsOf(await all)).toEqual(['img_b']);
});

it('takes no row of the time before for its own', async () => {
  const { queue, answers } = queueWithAnswers();
  const before = kept(queue, files);
  for (const [n, answer] of answers.entries()) answer.keep(`img_old${n}`);
  await before;
  const again = kept(queue, files);
  for (const [n, answer] of answers.slice(2).entries()) answer.keep(`img_new${n}`);
  expect(idsOf(await again)).toEqual(['img_new0', 'img_new1']);
});

it('remembers a row that was cleared before the last one ended', async () => {
  const { queue, answers } = queueWithAnswers();
  const all = kept(queue, files);
  answers[0]?.keep('img_a');
  await new Promise<void>((resolve) => {
    const stop = queue.subscribe(() => {
      if (queue.rows()[0]?.state.kind !== 'kept') return;
      stop();
      resolve();
    });
  });
  queue.clearStored();
  answers[1]?.keep('img_b');
  expect(idsOf(await all)).toEqual(['img_a', 'img_b']);
});
