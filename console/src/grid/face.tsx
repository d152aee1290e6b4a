import { useRef, useState } from 'react';
import { contentUrl } from '../api/client';
import type { Asset } from '../api/types';
import { fileExtension, formatBytes, formatDay, formatDuration } from '../ui/format';
import { AudioIcon, FileIcon, PictureIcon, PlayIcon, TextIcon, WarningIcon } from '../ui/icons';
import { Original, useSlot } from '../ui/original';
import { nameOf, troubleOf, type Item } from './item';

interface FaceProps {
  item: Item;
  width: number;
  height: number;
}

/** What a tile shows: the media themselves, or a sheet that says what is there instead. */
export function Face({ item, width, height }: FaceProps) {
  const { asset, purgeAt } = item;
  const [broken, setBroken] = useState(false);
  const trouble = broken ? 'cannot be shown' : troubleOf(item);
  if (asset === null) return <TextSheet item={item} trouble={trouble} />;
  // The server hands out no bytes of what lies in the trash.
  if (purgeAt !== null) return <Sheet asset={asset} facts={[factsOf(asset), `until ${formatDay(purgeAt)}`]} />;
  if (trouble !== null) return <TroubleSheet asset={asset} trouble={trouble} />;
  const url = contentUrl(asset);
  const onBroken = () => setBroken(true);
  if (url !== null && asset.kind === 'image') {
    return <Original url={url} alt="" width={width} height={height} onBroken={onBroken} />;
  }
  if (url !== null && asset.kind === 'video') return <Clip url={url} duration={asset.duration} onBroken={onBroken} />;
  return <Sheet asset={asset} facts={[factsOf(asset)]} />;
}

interface ClipProps {
  url: string;
  duration: number | null;
  onBroken: () => void;
}

/** Plays without sound under the pointer. Its first frame is its poster. */
function Clip({ url, duration, onBroken }: ClipProps) {
  const video = useRef<HTMLVideoElement>(null);
  const ended = useSlot(video, url);
  const [measured, setMeasured] = useState<number | null>(null);
  const seconds = duration ?? measured;
  return (
    <>
      <video
        ref={video}
        preload="metadata"
        muted
        loop
        playsInline
        tabIndex={-1}
        onError={() => {
          ended();
          onBroken();
        }}
        onLoadedMetadata={(event) => {
          ended();
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
      <span className="badge">
        <PlayIcon />
        {seconds === null ? 'clip' : formatDuration(seconds)}
      </span>
    </>
  );
}

const kindIcons = { image: PictureIcon, video: PlayIcon, audio: AudioIcon, file: FileIcon };

function Sheet({ asset, facts }: { asset: Asset; facts: readonly string[] }) {
  const Icon = kindIcons[asset.kind];
  return (
    <span className="sheet">
      <Icon />
      <span className="sheet-name">{nameOf({ asset, generation: null })}</span>
      {facts.map((fact) => <span key={fact} className="dim">{fact}</span>)}
    </span>
  );
}

function TroubleSheet({ asset, trouble }: { asset: Asset; trouble: string }) {
  return (
    <span className={`sheet ${asset.state === 'fetching' ? '' : 'trouble'}`}>
      <WarningIcon />
      <span className="sheet-name">{nameOf({ asset, generation: null })}</span>
      <span className="dim">{trouble}</span>
    </span>
  );
}

/** A generation without media: its prompt is all there is to see. */
function TextSheet({ item, trouble }: { item: Item; trouble: string | null }) {
  const { generation, purgeAt } = item;
  const facts = trouble ?? (purgeAt === null ? generation?.modelName : `until ${formatDay(purgeAt)}`);
  return (
    <span className={`sheet text${trouble === null ? '' : ' trouble'}`}>
      {trouble === null ? <TextIcon /> : <WarningIcon />}
      <span className="sheet-prompt">{generation?.prompt || nameOf(item)}</span>
      <span className="dim">{facts}</span>
    </span>
  );
}

function factsOf(asset: Asset): string {
  const facts = [fileExtension(asset.filename)];
  if (asset.width !== null && asset.height !== null) facts.push(`${asset.width} × ${asset.height}`);
  if (asset.duration !== null) facts.push(formatDuration(asset.duration));
  if (asset.size !== null) facts.push(formatBytes(asset.size));
  return facts.join(' · ');
}
