import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/errors';
import { PictureIcon } from '../ui/icons';
import type { ToastStore } from '../ui/toasts';
import { keys, recount } from './cache';

/** The painter of the samples is loaded when it is asked for: most visits never need it. */
export function SamplesButton({ toasts }: { toasts: ToastStore }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const load = async () => {
    setBusy(true);
    try {
      const { loadSamples } = await import('../samples/load');
      await loadSamples();
      toasts.show('Samples are tagged “sample”: choose that tag to see or to delete them.');
    } catch (error) {
      toasts.show(`The samples could not all be loaded: ${messageOf(error)}`, { tone: 'error' });
    } finally {
      setBusy(false);
    }
    recount(client);
    await client.invalidateQueries({ queryKey: keys.libraryLists });
  };
  return (
    <button type="button" className="button samples" disabled={busy} onClick={() => void load()}>
      <PictureIcon />{busy ? 'Painting …' : 'Load two dozen samples, remove them any time'}
    </button>
  );
}
