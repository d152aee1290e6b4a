import type { ReactNode } from 'react';

const star = 'M8 2.2l1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4-2.9-2.8 4-.6z';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  );
}

export const UploadIcon = () => <Icon><path d="M8 10.5V2.8M4.8 5.8 8 2.6l3.2 3.2M2.8 10.4v2.8h10.4v-2.8" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M8 2.5v7.7M4.8 7.2 8 10.4l3.2-3.2M2.8 10.6v2.6h10.4v-2.6" /></Icon>;
export const CloseIcon = () => <Icon><path d="m4 4 8 8M12 4l-8 8" /></Icon>;
export const TrashIcon = () => <Icon><path d="M2.8 4.4h10.4M6.2 4.2V2.6h3.6v1.6M4.2 4.6l.6 8.8h6.4l.6-8.8M6.7 7v4M9.3 7v4" /></Icon>;
export const CopyIcon = () => <Icon><path d="M5.6 5.6h7.6v7.6H5.6zM10.4 5.4V2.8H2.8v7.6h2.6" /></Icon>;
export const CheckIcon = () => <Icon><path d="m3 8.4 3.3 3.3L13 4.8" /></Icon>;
export const WarningIcon = () => <Icon><path d="M8 2.4 14.2 13H1.8zM8 6.4v3.2M8 11.2v.4" /></Icon>;
export const RetryIcon = () => <Icon><path d="M13 8a5 5 0 1 1-1.6-3.7M13.2 2.4v2.9h-2.9" /></Icon>;
export const AudioIcon = () => <Icon><path d="M2 6.6v2.8M5 4.4v7.2M8 2.4v11.2M11 5v6M14 6.8v2.4" /></Icon>;
export const FileIcon = () => <Icon><path d="M3.6 1.8h5.6l3.2 3.2v9.2H3.6zM9 2v3.2h3.2" /></Icon>;
export const PlayIcon = () => <svg className="icon solid" viewBox="0 0 16 16" aria-hidden="true"><path d="M5 3.2v9.6L12.6 8z" /></svg>;
export const PictureIcon = () => <Icon><path d="M2.4 3.2h11.2v9.6H2.4zM2.6 11.2l3.6-3.6 2.6 2.6 1.6-1.6 3 3M10.6 6.2h.1" /></Icon>;
export const TextIcon = () => <Icon><path d="M3 4h10M3 8h10M3 12h6" /></Icon>;
export const SearchIcon = () => <Icon><path d="M7 11.4a4.4 4.4 0 1 0 0-8.8 4.4 4.4 0 0 0 0 8.8zM10.3 10.3l3.3 3.3" /></Icon>;
export const StarIcon = () => <svg className="icon solid" viewBox="0 0 16 16" aria-hidden="true"><path d={star} /></svg>;
export const StarOutlineIcon = () => <Icon><path d={star} /></Icon>;
export const TagIcon = () => <Icon><path d="M2.4 2.6h5.4l6 6-5.2 5.2-6-6zM5.4 5.6h.1" /></Icon>;
export const RestoreIcon = () => <Icon><path d="M3 8a5 5 0 1 0 1.6-3.7M2.8 2.4v2.9h2.9" /></Icon>;
export const KeyboardIcon = () => <Icon><path d="M1.8 4.2h12.4v7.6H1.8zM4.4 6.8h.1M6.8 6.8h.1M9.2 6.8h.1M11.6 6.8h.1M5 9.4h6" /></Icon>;
export const ChevronIcon = () => <Icon><path d="m5 6.6 3 3 3-3" /></Icon>;
export const MinimiseIcon = () => <Icon><path d="m4 6.2 4 4 4-4" /></Icon>;
export const RaiseIcon = () => <Icon><path d="m4 9.8 4-4 4 4" /></Icon>;
export const DiskIcon = () => <Icon><path d="M2.4 4.4C2.4 3.2 4.9 2.2 8 2.2s5.6 1 5.6 2.2-2.5 2.2-5.6 2.2-5.6-1-5.6-2.2zM2.4 4.4v7.2c0 1.2 2.5 2.2 5.6 2.2s5.6-1 5.6-2.2V4.4M2.4 8c0 1.2 2.5 2.2 5.6 2.2s5.6-1 5.6-2.2" /></Icon>;

/** Three layers of stone. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path className="logo-top" d="M16 2 4 8v4l12 6 12-6V8z" />
      <path className="logo-middle" d="m4 15.6 12 6 12-6v3.2l-12 6-12-6z" />
      <path className="logo-bottom" d="m4 21.8 12 6 12-6V25l-12 6-12-6z" />
    </svg>
  );
}
