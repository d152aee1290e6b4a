import { memo, useState, type CSSProperties } from 'react';
import { contentUrl } from '../api/client';
import type { Asset, AssetState } from '../api/types';
import { nameOf } from '../library';
import { fileExtension, formatBytes, formatDuration } from '../ui/format';
import { AudioIcon, FileIcon, PlayIcon, WarningIcon } from '../ui/icons';
import type { Box } from './layout';

interface TileProps {
  asset: Asset;
  box: Box;
  index: number;
  /** The size of the whole list, or -1 while more may follow (aria-setsize). */
  total: number;
  selected: boolean;
  /** Whether the Tab key stops here: one tile of the grid does. */
  tabStop: boolean;
  onOpen: (index: number) => void;
  onFocus: (index: number) => void;
}

const stateWords: Record<Exclude<AssetState, 'ready'>, string> = {
  fetching: 'being fetched',
  device: 'on a device only',
  missing: 'bytes are missing',
  failed: 'failed',
};

export const Tile = memo(function Tile({ asset, box, index, total, selected, tabStop, onOpen, onFocus }: TileProps) {
  const style: CSSProperties = {
    transform: `translate(${box.left}px, ${box.top}px)`,
    width: box.width,
    height: box.height,
  };
  const trouble = asset.state === 'ready' ? null : stateWords[asset.state];
  return (
    <div
      role="option"
      className={`tile ${asset.kind}${selected ? ' selected' : ''}`}
      style={style}
      data-index={index}
      data-id={asset.id}
      tabIndex={tabStop ? 0 : -1}
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={total}
      aria-label={`${nameOf(asset)}, ${asset.kind}${trouble === null ? '' : `, ${trouble}`}`}
      onClick={() => onOpen(index)}
      onFocus={() => onFocus(index)}
    >
      {trouble === null ? <Media asset={asset} box={box} /> : <Placeholder asset={asset} trouble={trouble} />}
      <span className="caption" aria-hidden="true">
        <span className="name">{nameOf(asset)}</span>
        {asset.width !== null && asset.height !== null && <span>{asset.width}×{asset.height}</span>}
      </span>
    </div>
  );
});

function Media({ asset, box }: { asset: Asset; box: Box }) {
  const [broken, setBroken] = useState(false);
  const url = contentUrl(asset);
  if (broken) return <Placeholder asset={asset} trouble="cannot be shown" />;
  if (url !== null && asset.kind === 'image') {
    return (
      <img
        src={url}
        alt=""
        width={box.width}
        height={box.height}
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => setBroken(true)}
      />
    );
  }
  if (url !== null && asset.kind === 'video') {
    return <Clip url={url} duration={asset.duration} onBroken={() => setBroken(true)} />;
  }
  return (
    <span className="sheet">
      {asset.kind === 'audio' ? <AudioIcon /> : <FileIcon />}
      <span className="sheet-name">{nameOf(asset)}</span>
      <span className="dim">{fileFacts(asset)}</span>
    </span>
  );
}

/** Plays without sound under the pointer. Its first frame is its poster. */
function Clip({ url, duration, onBroken }: { url: string; duration: number | null; onBroken: () => void }) {
  const [measured, setMeasured] = useState<number | null>(null);
  const seconds = duration ?? measured;
  return (
    <>
      <video
        src={url}
        preload="metadata"
        muted
        loop
        playsInline
        tabIndex={-1}
        onError={onBroken}
        onLoadedMetadata={(event) => {
          const length = event.currentTarget.duration;
          if (Number.isFinite(length)) setMeasured(length);
        }}
        onPointerEnter={(event) => {
          if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
          // Refused or interrupted playback of a preview is no one's concern.
          event.currentTarget.play().catch(() => undefined);
        }}
        onPointerLeave={(event) => event.currentTarget.pause()}
      />
      <span className="badge"><PlayIcon />{seconds === null ? 'clip' : formatDuration(seconds)}</span>
    </>
  );
}

function Placeholder({ asset, trouble }: { asset: Asset; trouble: string }) {
  return (
    <span className={`sheet ${asset.state === 'fetching' ? '' : 'trouble'}`}>
      <WarningIcon />
      <span className="sheet-name">{nameOf(asset)}</span>
      <span className="dim">{trouble}</span>
    </span>
  );
}

function fileFacts(asset: Asset): string {
  const facts = [fileExtension(asset.filename)];
  if (asset.duration !== null) facts.push(formatDuration(asset.duration));
  if (asset.size !== null) facts.push(formatBytes(asset.size));
  return facts.join(' · ');
}
