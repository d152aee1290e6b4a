import type { CSSProperties } from 'react';
import { contentUrl } from '../api/client';
import type { Asset } from '../api/types';
import { nameOf } from '../grid/item';
import { AudioIcon, FileIcon, WarningIcon } from '../ui/icons';
import { Original } from '../ui/original';

export function Preview({ asset }: { asset: Asset }) {
  const url = contentUrl(asset);
  if (url === null) {
    return (
      <div className="preview none">
        <WarningIcon />
        <span>No bytes: {asset.state}</span>
      </div>
    );
  }
  if (asset.kind === 'image') {
    return (
      <a
        className="preview"
        href={url}
        target="_blank"
        rel="noreferrer"
        aria-label="Open the picture in a tab of its own"
      >
        <Original urgent="yes" url={url} alt={nameOf({ asset, generation: null })} style={sizeOf(asset)} />
      </a>
    );
  }
  if (asset.kind === 'video') {
    return (
      <div className="preview">
        <video src={url} controls preload="metadata" playsInline />
      </div>
    );
  }
  if (asset.kind === 'audio') {
    return (
      <div className="preview none">
        <AudioIcon />
        <audio src={url} controls preload="metadata" />
      </div>
    );
  }
  return (
    <div className="preview none">
      <FileIcon />
      <span>{asset.contentType}</span>
    </div>
  );
}

/** As large as it is, as fits into the panel, and as leaves room for what stands below: known before it has loaded. */
function sizeOf({ width, height }: Asset): CSSProperties {
  if (width === null || height === null || height === 0) return {};
  return {
    width: `min(100%, ${width}px, ${((width / height) * 40).toFixed(2)}vh)`,
    aspectRatio: `${width} / ${height}`,
  };
}
