import type { Me } from '../api/types';
import { apiUrl } from '../api/client';
import { CopyButton } from '../ui/copy';
import { UploadIcon } from '../ui/icons';
import type { ToastStore } from '../ui/toasts';
import { SamplesButton } from './samples_button';

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Works as it stands where no login is asked; elsewhere it names the variable that holds a key. */
function curlLine(me: Me): string {
  const open = me.profile === 'single' && loopback.test(location.hostname);
  const key = open ? '' : ' -H "Authorization: Bearer $MEDIALITH_KEY"';
  return `curl${key} -F file=@picture.png ${apiUrl('v1/uploads')}`;
}

interface EmptyStateProps {
  me: Me;
  onChoose: () => void;
  toasts: ToastStore;
}

export function EmptyState({ me, onChoose, toasts }: EmptyStateProps) {
  const curl = curlLine(me);
  return (
    <div className="empty">
      <h1>Nothing here yet</h1>
      <p className="dim">What you put here stays: written to disk before it is called kept.</p>
      <button type="button" className="drop-door" onClick={onChoose}>
        <UploadIcon />
        <strong>Drop pictures, clips or folders anywhere</strong>
        <span className="dim">or choose files, or paste. PNGs bring their prompt, model and seed along.</span>
      </button>
      <div className="door">
        <h2>From a terminal</h2>
        <div className="code">
          <code>{curl}</code>
          <CopyButton text={curl} what="the curl line" />
        </div>
      </div>
      <div className="door">
        <h2>Just looking</h2>
        <SamplesButton toasts={toasts} />
      </div>
      <p className="waiting" role="status"><span className="pulse" />waiting for the first one …</p>
    </div>
  );
}
