import type { Asset } from '../api/types';
import { CopyButton } from '../ui/copy';
import { formatTime } from '../ui/format';
import { Facts, Line } from './fact_lines';
import { fileFacts } from './facts';

export function FileSection({ asset }: { asset: Asset }) {
  return (
    <section>
      <h3>File</h3>
      <Facts facts={fileFacts(asset)}>
        <Line name="Created">
          <time dateTime={asset.createdAt} title={asset.createdAt}>{formatTime(asset.createdAt)}</time>
        </Line>
        {asset.sha256 !== null && (
          <Line name="SHA-256">
            <code title={asset.sha256}>{asset.sha256}</code>
            <CopyButton text={asset.sha256} what="SHA-256" />
          </Line>
        )}
        <Line name="Id">
          <code title={asset.id}>{asset.id}</code>
          <CopyButton text={asset.id} what="id" />
        </Line>
      </Facts>
    </section>
  );
}
